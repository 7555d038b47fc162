import { HskError } from '../protocol/errors.ts';
import type { Evidence } from '../protocol/evidence.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import { headerAt, openCall } from '../protocol/verify-claim.ts';
import { decodeHeader, evidenceRefused, type ExecutedCall } from '../protocol/verify-evidence.ts';
import { callParams } from './call-params.ts';
import type { EvmApi, ProvenSource } from './evm-api.ts';

/**
 * Executes the call that a document claims, on the state it shows and on nothing else; `undefined` where it claims
 * none. `verifyEvidence` compares the result with the claim, and the state with the headers.
 *
 * @throws `EVIDENCE_REFUSED` where the call cannot be executed on that state
 */
export async function executeClaim(
  evidence: Evidence,
  chainId: number,
  run: EvmApi['run'],
): Promise<ExecutedCall | undefined> {
  const { claim, proof } = evidence;
  if (claim.kind !== 'call' || proof.kind !== 'call') return undefined;
  try {
    const headers = evidence.headers.map((rlp) => decodeHeader(rlp, executionHash));
    const { header, state } = openCall(claim, proof, headers);
    const params = callParams(claim.call);
    const source: ProvenSource = {
      state: (address, slots) => missing(slots.length ? `${address} ${slots.join(', ')}` : address),
      code: (address) => missing(`code of ${address}`),
      blockHash: async (number) => executionHash(headerAt(headers, number)),
    };
    const result = await run({ method: claim.method, chainId, header, params, state }, source);
    return { evidence, result };
  } catch (error) {
    throw evidenceRefused('claim', error);
  }
}

async function missing(what: string): Promise<never> {
  throw new HskError('CALL_STATE_MISSING', 'The document does not show what the call reads', {
    details: what,
  });
}
