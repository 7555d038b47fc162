import { type Address, type Hex, numberToHex } from 'viem';
import { slotKey } from '../protocol/anchor.ts';
import { HskError } from '../protocol/errors.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import { fetchHeader, ForkError, type HashedHeader, type LinkedHeaders } from './linked-headers.ts';
import type { ProveState } from './prove-state.ts';
import type { Transport } from './transport.ts';

/** EIP-2935: the contract whose storage keeps the hashes of the last 8191 blocks, at `number % 8191`. */
const HISTORY: Address = '0x0000f90827f1c53a10cb7a02335b175320002935';
const HISTORY_WINDOW = 8191n;

/** Up to this many blocks a walk over headers is cheaper than a storage proof. */
const WALK = 32n;
/** Longest walk on a chain without EIP-2935. */
const LONGEST_WALK = 4096n;

export interface AncestrySource {
  transport: Transport;
  headers: LinkedHeaders;
  prove: ProveState;
}

/**
 * The ancestor of a verified execution header at `number`: by parent hashes over short distances, over long
 * ones by the block hash that the chain's own state keeps.
 *
 * @throws `CHAIN_FORK` when it is not the header verified before at that height
 * @throws `ANCESTOR_TOO_FAR` on a chain without EIP-2935, beyond 4096 blocks
 */
export async function ancestor(
  top: HashedHeader,
  number: bigint,
  source: AncestrySource,
): Promise<HashedHeader> {
  let at = top;
  while (at.header.number - number > WALK) {
    const oldest = at.header.number - HISTORY_WINDOW;
    const next = await fromHistory(at, oldest > number ? oldest : number, source);
    if (!next) break;
    at = next;
  }
  if (at.header.number - number > LONGEST_WALK)
    throw new HskError('ANCESTOR_TOO_FAR', 'The block lies too far back to be linked to the verified head', {
      details: `${at.header.number - number} blocks below ${at.header.number}`,
    });
  return source.headers.descend(at, number);
}

/** `undefined` when the state keeps no hash for it: block zero counts from the fork on, and not every chain forked. */
async function fromHistory(
  at: HashedHeader,
  number: bigint,
  { transport, headers, prove }: AncestrySource,
): Promise<HashedHeader | undefined> {
  const [{ values }, fetched] = await Promise.all([
    prove(at, HISTORY, [slotKey(number % HISTORY_WINDOW)]),
    headers.get(number) ?? fetchHeader(transport, number, executionHash),
  ]);
  if (!values[0]) return undefined;
  const hash: Hex = numberToHex(values[0], { size: 32 });
  if (fetched.hash === hash) {
    headers.admit(fetched);
    return fetched;
  }
  if (headers.get(number)) throw new ForkError(fetched, at, hash);
  throw new HskError('HEADER_UNLINKED', "A header does not hash to what the chain's state keeps for it", {
    details: `block ${number}: ${fetched.hash}, kept ${hash}`,
    action: 'The endpoint lies or is broken; nothing of this answer is used.',
  });
}
