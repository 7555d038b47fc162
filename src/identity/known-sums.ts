import type { FixedSum, FixedSums } from './groth16/groth16.ts';
import type { ProofRequest } from './prover-api.ts';

/** So many credentials and tokens are remembered; about 100 KB and 30 KB each. */
const CREDENTIALS = 4;
const TOKENS = 16;

/** The part of a request that fixes the sums: neither the wallet nor the day. */
export type FixedRequest = Omit<ProofRequest, 'binding' | 'today'>;

/**
 * The sums that a credential, and a token, fix: secret, in this worker's memory only. Kept by a digest of what
 * fixes them; whether they fit a witness is decided by its values, not by this digest.
 */
export class KnownSums {
  readonly #credentials = new Map<string, FixedSum>();
  readonly #tokens = new Map<string, FixedSum>();
  #forgotten = 0;

  async find(request: FixedRequest): Promise<FixedSums> {
    const { credential, token } = await keys(request);
    return { credential: this.#credentials.get(credential), token: this.#tokens.get(token) };
  }

  /** A function that keeps the sums of a computation that begins now, unless they are to be forgotten meanwhile. */
  keeper(request: FixedRequest): (fixed: FixedSums) => Promise<void> {
    const begun = this.#forgotten;
    return async (fixed) => {
      const { credential, token } = await keys(request);
      if (begun !== this.#forgotten) return;
      if (fixed.credential) put(this.#credentials, credential, fixed.credential, CREDENTIALS);
      if (fixed.token) put(this.#tokens, token, fixed.token, TOKENS);
    };
  }

  forget(): void {
    this.#forgotten++;
    for (const sums of [this.#credentials, this.#tokens]) {
      for (const { values } of sums.values()) values.fill(0);
      sums.clear();
    }
  }
}

async function keys({ credential, secret, children, policy, scope }: FixedRequest) {
  const { attributes, index } = credential;
  const own = await digest([secret.toString(), attributes, index, children]);
  return { credential: own, token: await digest([own, policy, scope.toString()]) };
}

async function digest(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).join();
}

/** The one used last goes last; the first goes. */
function put(sums: Map<string, FixedSum>, key: string, sum: FixedSum, limit: number): void {
  sums.delete(key);
  sums.set(key, sum);
  for (const oldest of sums.keys()) {
    if (sums.size <= limit) break;
    sums.delete(oldest);
  }
}
