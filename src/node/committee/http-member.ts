import { type Hex, keccak256, type PrivateKeyAccount } from 'viem';
import { parseSignature, type SignedAttestation } from '../../protocol/attestation.ts';
import { HskError } from '../../protocol/errors.ts';
import { hex, object, optional, type Parser, text, uint } from '../../protocol/parse.ts';
import { parseServiceError } from '../../protocol/service-error.ts';
import type { Proposal, Tip } from './check-proposal.ts';
import { type Equivocation, parseEquivocations } from './equivocation.ts';
import type { MemberEndpoint } from './member.ts';
import { parseVote, type Vote } from './member-store.ts';
import { encodePut } from './proposal-wire.ts';
import { EMPTY_BODY, signRequest } from './signed-request.ts';

export interface HttpMemberOptions {
  /** Base of the member, as in `profile.services.committee`. */
  url: string;
  /** Who asks. Absent: only what is public. */
  account?: PrivateKeyAccount | undefined;
  /** Milliseconds for one request; default 5000. */
  timeout?: number;
}

/** What `GET /key` answers; the sizes show the scheme. Whoever relies on it has `provesPossession` check it. */
export interface PublishedKey {
  publicKey: Hex;
  eip2537Key: Hex;
  possession: Hex;
  eip2537Possession: Hex;
  /** What the member calls itself. */
  name?: string | undefined;
}

const parseKey: Parser<PublishedKey> = object<PublishedKey>({
  publicKey: hex(),
  eip2537Key: hex(),
  possession: hex(),
  eip2537Possession: hex(),
  name: optional(text),
});
const parseTip: Parser<Tip> = object<Tip>({
  blockNumber: uint,
  blockHash: hex(32),
  digest: hex(32),
  epoch: uint,
});
const parseFailure = object<{ error: HskError }>({ error: parseServiceError });
const parseVoteCast = object<{ signature: Hex }>({ signature: parseSignature });

/** A committee member in another process, over its HTTP routes. */
export class HttpMember implements MemberEndpoint {
  readonly url: string;
  readonly #account: PrivateKeyAccount | undefined;
  readonly #timeout: number;
  #key: Hex | undefined;

  constructor({ url, account, timeout = 5000 }: HttpMemberOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#account = account;
    this.#timeout = timeout;
  }

  /** @throws `MEMBER_UNREACHABLE`, `PARSE_INVALID` */
  async published(): Promise<PublishedKey> {
    return parseKey(await this.#json('/key'), 'key');
  }

  async publicKey(): Promise<Hex> {
    this.#key ??= (await this.published()).publicKey;
    return this.#key;
  }

  async tip(): Promise<Tip> {
    return parseTip(await this.#json('/tip'), 'tip');
  }

  async sign(proposal: Proposal): Promise<Hex> {
    const answer = await this.#put(encodePut({ proposal }));
    return parseVoteCast(answer, 'put').signature;
  }

  async adopt(proposal: Proposal, certificate: SignedAttestation): Promise<void> {
    await this.#put(encodePut({ proposal, certificate }));
  }

  /** What the member keeps about a block, or nothing when it knows none of that number. */
  async vote(blockNumber: bigint): Promise<Vote | undefined> {
    return this.#unless('COMMITTEE_NO_BLOCK', async () =>
      parseVote(await this.#json(`/block/${blockNumber}`), 'block'),
    );
  }

  /** The bytes behind a commitment; `undefined` when the member has none. @throws `MEMBER_LIED` */
  async bundle(commitment: Hex): Promise<Uint8Array | undefined> {
    return this.#unless('COMMITTEE_NO_DATA', async () => {
      const bytes = await this.#bytes(`/get/0x00${commitment.slice(2)}`);
      if (keccak256(bytes) !== commitment)
        throw new HskError('MEMBER_LIED', 'A member answered with other data than the commitment names', {
          details: `${this.url}, ${commitment}`,
          action: 'Ask another member, and tell this one’s operator.',
        });
      return bytes;
    });
  }

  async genesis(): Promise<Uint8Array | undefined> {
    return this.#unless('COMMITTEE_NO_DATA', () => this.#bytes('/genesis'));
  }

  async evidence(): Promise<Equivocation[]> {
    return parseEquivocations(await this.#json('/evidence', true), 'evidence');
  }

  async #unless<T>(code: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof HskError && error.code === code) return undefined;
      throw error;
    }
  }

  async #put(body: Uint8Array): Promise<unknown> {
    const response = await this.#fetch('POST', '/put', body);
    return this.#parsed(await response.text());
  }

  async #json(path: string, signed = false): Promise<unknown> {
    const response = await this.#fetch('GET', path, undefined, signed);
    return this.#parsed(await response.text());
  }

  async #bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#fetch('GET', path, undefined, true)).arrayBuffer());
  }

  #parsed(body: string): unknown {
    try {
      return JSON.parse(body);
    } catch (cause) {
      throw new HskError('MEMBER_ANSWER', 'A member’s answer is not JSON', { details: this.url, cause });
    }
  }

  /** @throws `MEMBER_UNREACHABLE`, `MEMBER_ANSWER`, and what the member refuses with */
  async #fetch(method: 'GET' | 'POST', path: string, body?: Uint8Array, signed = method === 'POST') {
    const account = signed ? this.#account : undefined;
    const authorization =
      account &&
      (await signRequest(
        account,
        { method, path, bodyHash: body ? keccak256(body) : EMPTY_BODY, member: await this.publicKey() },
        Date.now(),
      ));
    let response: Response;
    try {
      response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          ...(authorization && { authorization }),
          ...(body && { 'content-type': 'application/octet-stream' }),
        },
        ...(body && { body: body as Uint8Array<ArrayBuffer> }),
        redirect: 'error',
        signal: AbortSignal.timeout(this.#timeout),
      });
    } catch (cause) {
      const inner = (cause as { cause?: { code?: string } }).cause?.code;
      throw new HskError('MEMBER_UNREACHABLE', 'A committee member does not answer', {
        details: `${this.url}: ${inner ?? (cause instanceof Error ? cause.name : 'no answer')}`,
        action: 'Start it again; it catches up by itself.',
        cause,
      });
    }
    if (!response.ok) throw await this.#failure(response);
    return response;
  }

  async #failure(response: Response): Promise<HskError> {
    try {
      return parseFailure(await response.json(), 'answer').error;
    } catch {
      return new HskError('MEMBER_ANSWER', 'A member’s answer is no member’s', {
        details: `${this.url}: status ${response.status}`,
        action: 'Check the URL.',
      });
    }
  }
}
