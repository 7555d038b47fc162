import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { numberToHex } from 'viem';

/** Stands before the honest chains: passes on, hangs like a stopped process, or shows the head of some time ago. */
export class Endpoint {
  hangs = false;
  frozenAt: bigint | undefined;
  /** HTTP requests, by path. */
  readonly requests: Record<string, number> = {};
  #held: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(behind: string): Promise<Endpoint> {
    const server = createServer((request, response) => {
      // What was held may be let go after the chains have ended.
      serve(request, response).catch(() => response.destroy());
    });
    const serve = async (request: IncomingMessage, response: ServerResponse) => {
      // Any page may ask.
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-allow-headers', 'content-type');
      if (request.method === 'OPTIONS') return void response.writeHead(204).end();
      const path = request.url ?? '';
      endpoint.requests[path] = (endpoint.requests[path] ?? 0) + 1;
      const parts: Buffer[] = [];
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
      if (endpoint.hangs) await new Promise<void>((resolve) => endpoint.#held.push(resolve));
      const body = Buffer.concat(parts).toString();
      const { frozenAt } = endpoint;
      const asked =
        frozenAt !== undefined && request.url === '/mainchain'
          ? body.replaceAll('"latest"', JSON.stringify(numberToHex(frozenAt)))
          : body;
      const answer = await fetch(behind + request.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: asked,
      });
      response.end(await answer.text());
    };
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = new Endpoint(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return endpoint;
  }

  get total(): number {
    return Object.values(this.requests).reduce((sum, count) => sum + count, 0);
  }

  /** As SIGCONT: what was held is answered. */
  resume(): void {
    this.hangs = false;
    for (const go of this.#held) go();
    this.#held = [];
  }

  close(): void {
    this.resume();
    this.server.closeAllConnections();
    this.server.close();
  }
}
