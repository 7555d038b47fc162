import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

/** A JSON value as the peer sends it; lies reach into it by name. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export type ChainName = 'mainchain' | 'execution';

/** One altered answer: a pure function of what the honest node said. */
export interface Lie {
  chain: ChainName;
  method: string;
  /** Only these questions; without it, all of the method. */
  about?(params: readonly Json[]): boolean;
  /** Another question, whose honest answer is the lie's material. */
  instead?(params: readonly Json[]): Json[];
  /** What is said. `honest` may be altered in place; `other` answers `instead`, and is said without this. */
  alter?(honest: Json, other: Json, params: readonly Json[]): Json;
}

/** A lie about the HTTP answer as a whole. */
export interface WireLie {
  /** What is sent instead: a body, a status, an answer without an end, or nothing ever. */
  wire(body: string): { body?: string; status?: number } | 'endless' | 'silence';
}

/**
 * Stands in front of an honest node as `/mainchain` and `/execution` and tells one lie at a time. A lie that
 * changes nothing is an error: the test that uses it would prove nothing.
 */
export class LyingPeer {
  lie: Lie | WireLie | undefined;
  /** How often the present lie was told. */
  told = 0;
  /** Methods that were asked, in order. */
  readonly asked: string[] = [];

  private constructor(
    private readonly honest: Record<ChainName, string>,
    private readonly server: ReturnType<typeof createServer>,
  ) {}

  static async open(honest: Record<ChainName, string>): Promise<LyingPeer> {
    const server = createServer((request, response) => {
      peer.serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    const peer = new LyingPeer(honest, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  url(chain: ChainName): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${chain}`;
  }

  tell(lie: Lie | WireLie | undefined): void {
    this.lie = lie;
    this.told = 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Any page may ask, as at an honest node.
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'content-type');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const chain: ChainName = request.url === '/mainchain' ? 'mainchain' : 'execution';
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const question: Json = JSON.parse(Buffer.concat(parts).toString());
    const { lie } = this;
    const answer = await post(this.honest[chain], question);
    for (const call of [question].flat()) {
      this.asked.push(call.method);
      if (!lie || 'wire' in lie || !concerns(lie, chain, call)) continue;
      const own = [answer].flat().find(({ id }: Json) => id === call.id);
      own.result = await this.alter(lie, chain, call, own.result);
    }
    const body = JSON.stringify(answer);
    if (!lie || !('wire' in lie)) return void response.end(body);
    this.told++;
    const said = lie.wire(body);
    if (said === 'silence') return;
    if (said === 'endless') return endless(response);
    assert.ok(said.status !== undefined || said.body !== body, 'the lie changed nothing');
    response.writeHead(said.status ?? 200).end(said.body ?? body);
  }

  private async alter(lie: Lie, chain: ChainName, call: Json, honest: Json): Promise<Json> {
    const other = lie.instead
      ? (await post(this.honest[chain], { ...call, params: lie.instead(call.params) })).result
      : undefined;
    const said = lie.alter ? lie.alter(structuredClone(honest), other, call.params) : other;
    if (!isDeepStrictEqual(said, honest)) this.told++;
    return said;
  }
}

function concerns(lie: Lie, chain: ChainName, { method, params }: Json): boolean {
  return lie.chain === chain && lie.method === method && (lie.about?.(params) ?? true);
}

/** Bytes for as long as somebody reads. */
function endless(response: ServerResponse): void {
  const blank = ' '.repeat(1 << 20);
  const more = () => {
    while (!response.destroyed && response.write(blank));
  };
  response.on('drain', more);
  more();
}

export async function post(url: string, question: unknown): Promise<Json> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  });
  return response.json();
}

/** One honest answer. */
export async function ask(url: string, method: string, ...params: unknown[]): Promise<Json> {
  const { result, error } = await post(url, { jsonrpc: '2.0', id: 1, method, params });
  assert.equal(error, undefined, method);
  return result;
}
