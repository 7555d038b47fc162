import { type Address, type Hex, numberToHex } from 'viem';
import { parseEip1186 } from '../protocol/account-proof.ts';
import { offsetSlot, slotKey } from '../protocol/anchor.ts';
import { HskError } from '../protocol/errors.ts';
import {
  decodeGameId,
  decodeGameState,
  decodeProposal,
  type EthereumState,
  FACTORY_SLOTS,
  gameSlot,
  guardSlots,
  listSlot,
  ORACLE_LIST_SLOT,
  type OutputContracts,
  type OutputProof,
  proposalSlots,
} from '../protocol/op-stack.ts';
import { hex, type Parser, quantity } from '../protocol/parse.ts';
import type { Transport } from './transport.ts';

/** A claim of the list by its place, and where its mainchain block is said to be. */
export interface OutputHint {
  index: bigint;
  l2BlockNumber: bigint;
}

/**
 * The claims on Ethereum, as its endpoint lists them. All of it are hints that say where to look: what is believed is
 * proven afterwards from `prove`'s answer. An endpoint that hides claims makes the client's view older, never false.
 */
export interface OutputList {
  count: bigint;
  /** Whether the claim is said to be final. */
  isFinal(index: bigint): Promise<boolean>;
  hint(index: bigint): Promise<OutputHint>;
  prove(index: bigint): Promise<OutputProof>;
}

/** Selectors of a dispute game: `rootClaim()`, `extraData()`, `l2BlockNumber()`. */
const ROOT_CLAIM = '0xbcef3b55';
const EXTRA_DATA = '0x609d3334';
const L2_BLOCK_NUMBER = '0x8b85902b';

/** Reads of one Ethereum block, each asked once. */
class StateReader {
  readonly #tag: Hex;
  readonly #words = new Map<string, Promise<bigint>>();

  constructor(
    readonly transport: Transport,
    { number }: EthereumState,
  ) {
    this.#tag = numberToHex(number);
  }

  word(contract: Address, slot: Hex): Promise<bigint> {
    const key = contract + slot;
    let asked = this.#words.get(key);
    if (!asked) {
      asked = this.transport
        .request('eth_getStorageAt', [contract, slot, this.#tag])
        .then((answer) => quantity(answer, 'word'));
      this.#words.set(key, asked);
    }
    return asked;
  }

  async call<T>(to: Address, data: Hex, parser: Parser<T>): Promise<T> {
    return parser(await this.transport.request('eth_call', [{ to, data }, this.#tag]), 'answer');
  }

  async proof(contract: Address, slots: readonly Hex[]) {
    return parseEip1186(await this.transport.request('eth_getProof', [contract, slots, this.#tag]), slots);
  }
}

export async function listOutputs(
  transport: Transport,
  contracts: OutputContracts,
  state: EthereumState,
): Promise<OutputList> {
  const reader = new StateReader(transport, state);
  return contracts.kind === 'games'
    ? listGames(reader, contracts, state)
    : listProposals(reader, contracts, state);
}

async function listGames(
  reader: StateReader,
  contracts: OutputContracts & { kind: 'games' },
  state: EthereumState,
): Promise<OutputList> {
  const { factory, guard, airGap } = contracts;
  const game = async (index: bigint) =>
    decodeGameId(await reader.word(factory, listSlot(FACTORY_SLOTS.list, index)));
  return {
    count: await reader.word(factory, slotKey(FACTORY_SLOTS.list)),
    async isFinal(index) {
      const { proxy } = await game(index);
      const { status, resolvedAt } = decodeGameState(await reader.word(proxy, slotKey(0n)));
      return status !== 0 && state.timestamp > resolvedAt + BigInt(airGap);
    },
    async hint(index) {
      const { proxy } = await game(index);
      return { index, l2BlockNumber: BigInt(await reader.call(proxy, L2_BLOCK_NUMBER, hex(32))) };
    },
    async prove(index) {
      const { gameType, proxy } = await game(index);
      const [rootClaim, extraData] = await Promise.all([
        reader.call(proxy, ROOT_CLAIM, hex(32)),
        reader.call(proxy, EXTRA_DATA, abiBytes),
      ]);
      const claim = { gameType, rootClaim, extraData };
      const [entry, own, guarded] = await Promise.all([
        reader.proof(factory, [gameSlot(claim)]),
        reader.proof(proxy, [slotKey(0n)]),
        reader.proof(guard.address, guardSlots(guard.kind, proxy)),
      ]);
      return { kind: 'game', ...claim, factory: entry, game: own, guard: guarded };
    },
  };
}

async function listProposals(
  reader: StateReader,
  { oracle, finalizationPeriod }: OutputContracts & { kind: 'oracle' },
  state: EthereumState,
): Promise<OutputList> {
  const times = async (index: bigint) =>
    decodeProposal(await reader.word(oracle, offsetSlot(listSlot(ORACLE_LIST_SLOT, 2n * index), 1n)));
  return {
    count: await reader.word(oracle, slotKey(ORACLE_LIST_SLOT)),
    isFinal: async (index) => state.timestamp > (await times(index)).timestamp + BigInt(finalizationPeriod),
    hint: async (index) => ({ index, l2BlockNumber: (await times(index)).l2BlockNumber }),
    prove: async (index) => ({
      kind: 'proposal',
      index,
      oracle: await reader.proof(oracle, proposalSlots(index)),
    }),
  };
}

/**
 * The newest claim that is said to be final, by doubling steps back and then halves: claims become final in about the
 * order they were made. `undefined` where none is.
 */
export async function newestFinal({ count, isFinal }: OutputList): Promise<bigint | undefined> {
  let above = count;
  let step = 1n;
  while (above > 0n) {
    const at = above > step ? above - step : 0n;
    if (await isFinal(at)) {
      let below = at;
      while (above - below > 1n) {
        const middle = (above + below) / 2n;
        if (await isFinal(middle)) below = middle;
        else above = middle;
      }
      return below;
    }
    above = at;
    step *= 2n;
  }
  return undefined;
}

/** One `bytes` value as ABI encodes it: offset, length, content. */
const abiBytes: Parser<Hex> = (value, path) => {
  const encoded = hex()(value, path);
  const word = (at: number) => BigInt(`0x${encoded.slice(2 + 64 * at, 66 + 64 * at) || '0'}`);
  const length = word(1);
  if (word(0) !== 32n || length > 4096n || encoded.length < 130 + 2 * Number(length))
    throw new HskError('PARSE_INVALID', `${path} is not ABI-encoded bytes`);
  return `0x${encoded.slice(130, 130 + 2 * Number(length))}`;
};
