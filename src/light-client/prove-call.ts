import type { Address, Hex } from 'viem';
import { numberToHex } from '../protocol/hex.ts';
import { HskError } from '../protocol/errors.ts';
import type { Claim, ClaimProof } from '../protocol/evidence.ts';
import { address, hex, list, object, optional } from '../protocol/parse.ts';
import type { ProvenEntry } from '../protocol/verify-claim.ts';
import type { EvmTask, ProvenSource } from '../evm/evm-api.ts';
import { callParams } from '../evm/call-params.ts';
import type { Query } from './light-client-api.ts';
import type { HashedHeader } from './linked-headers.ts';
import type { Reader } from './read.ts';

/** Questions that one call may have; the proofs of a hint do not count. */
const QUESTIONS = 2048;
/** Accounts of a hint that are taken. */
const HINTED = 256;

const parseParties = object({ from: optional(address), to: optional(address) });
const parseHint = object({
  accessList: list(object<Access>({ address, storageKeys: list(hex(32), 1024) })),
});

interface Access {
  address: Address;
  storageKeys: Hex[];
}

/**
 * Executes a call on the state of a verified block. The peer is asked what the call will touch; that is a hint
 * alone: all of it is proven before the EVM sees it, and so is what the hint left out.
 *
 * @throws `EVM_UNAVAILABLE` where no EVM was given; `CALL_STATE_PRIVATE`, `CALL_STATE_LIMIT`; the codes of `EvmApi.run`
 */
export async function proveCall(
  reader: Reader,
  method: EvmTask['method'],
  params: readonly unknown[],
  at: HashedHeader,
): Promise<Hex> {
  const { evm, follower } = reader;
  const state = await proveAhead(reader, at, params[0]);
  const { chainId } = follower.parts.profile.execution;
  return evm.run({ method, chainId, header: at.header, params, state }, provenSource(reader, at));
}

/**
 * The same once more for its document: with the proofs of what the call touches, and of nothing else.
 *
 * @returns besides, the lowest block whose header the document needs
 */
export async function callClaim(
  reader: Reader,
  { method = 'eth_call', call }: Query & { kind: 'call' },
  at: HashedHeader,
): Promise<{ claim: Claim; proof: ClaimProof; from: bigint }> {
  const slots = new Map<Address, Set<Hex>>();
  const codes = new Map<Address, Hex>();
  const block = at.header.number;
  let from = block;
  const source = provenSource(reader, at);
  const { chainId } = reader.follower.parts.profile.execution;
  const task: EvmTask = { method, chainId, header: at.header, params: callParams(call), state: [] };
  const result = await reader.evm.run(task, {
    async state(name, asked) {
      const known = slots.get(name) ?? new Set();
      for (const slot of asked) known.add(slot);
      slots.set(name, known);
      return source.state(name, asked);
    },
    async code(name) {
      const code = await source.code(name);
      codes.set(name, code);
      return code;
    },
    async blockHash(number) {
      if (number < from) from = number;
      return source.blockHash(number);
    },
  });
  const accounts = await Promise.all(
    [...slots].map(async ([name, asked]) => {
      const wanted = [...asked];
      const { proof } = await reader.state(at, name, wanted);
      const code = codes.get(name);
      return { address: name, slots: wanted, ...proof, ...(code !== undefined && { code }) };
    }),
  );
  return { claim: { kind: 'call', block, method, call, result }, proof: { kind: 'call', accounts }, from };
}

/** What is proven ahead saves time: what cannot be is left to the call, which may not need it. */
async function proveAhead(reader: Reader, at: HashedHeader, call: unknown): Promise<ProvenEntry[]> {
  const { from, to } = parseParties(call, 'params[0]');
  const entries: ProvenEntry[] = [];
  const prove = (wanted: Access[]) =>
    Promise.allSettled(
      wanted.map(async ({ address, storageKeys }) => {
        const [entry, code] = await Promise.all([
          entryOf(reader, at, address, storageKeys),
          reader.code(at, address).catch(() => undefined),
        ]);
        entries.push({ ...entry, ...(code !== undefined && { code }) });
      }),
    );
  const hint = reader.follower.parts.execution
    .request('eth_createAccessList', [call, numberToHex(at.header.number)])
    .then((answer) => parseHint(answer, 'hint').accessList.slice(0, HINTED))
    .catch(() => []);
  const parties = [from, to].filter((party) => party !== undefined);
  await Promise.all([prove(parties.map((party) => ({ address: party, storageKeys: [] }))), hint.then(prove)]);
  return entries;
}

function provenSource(reader: Reader, at: HashedHeader): ProvenSource {
  let asked = 0;
  const proven = async <T>(what: string, answer: () => Promise<T>): Promise<T> => {
    if (asked++ >= QUESTIONS)
      throw new HskError('CALL_STATE_LIMIT', 'The call reads too much', {
        details: `more than ${QUESTIONS} proofs`,
      });
    try {
      return await answer();
    } catch (error) {
      if (!reader.isPrivate || !(error instanceof HskError) || error.code !== 'RPC_ERROR') throw error;
      throw new HskError(
        'CALL_STATE_PRIVATE',
        'The call reads what this chain does not show to this account',
        {
          details: what,
          cause: error,
        },
      );
    }
  };
  return {
    state: (name, slots) => proven(name, () => entryOf(reader, at, name, slots)),
    code: (name) => proven(name, () => reader.code(at, name)),
    blockHash: (number) => proven(`block ${number}`, async () => (await reader.block(number)).hash),
  };
}

async function entryOf(
  reader: Reader,
  at: HashedHeader,
  address: Address,
  slots: Hex[],
): Promise<ProvenEntry> {
  const { account, values } = await reader.state(at, address, slots);
  return { address, ...account, slots: slots.map((slot, index) => [slot, values[index] ?? 0n]) };
}
