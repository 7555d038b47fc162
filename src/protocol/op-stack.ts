import { type Address, encodeAbiParameters, type Hex } from 'viem';
import { keccak256, numberToHex } from './hex.ts';
import { type Eip1186Proofs, verifyStateProof } from './account-proof.ts';
import { mappingSlot, offsetSlot, slotKey } from './anchor.ts';
import { HskError } from './errors.ts';
import { address, hex, integer, list, object, oneOf, type Parser, uint } from './parse.ts';

/** The message passer of every OP Stack chain; its storage root is part of the output root. */
export const MESSAGE_PASSER: Address = '0x4200000000000000000000000000000000000016';

/** Where on Ethereum an OP Stack chain's output roots are claimed, and when a claim can no longer be taken back. */
export type OutputContracts =
  | {
      kind: 'games';
      /** DisputeGameFactory: every claim is a game. */
      factory: Address;
      /** Which contract keeps the respected game type and the blacklist: OptimismPortal2 before its version 4, AnchorStateRegistry since version 3. */
      guard: { kind: 'portal' | 'anchorStateRegistry'; address: Address };
      /** Seconds after its resolution during which a game may still be blacklisted (`disputeGameFinalityDelaySeconds`). */
      airGap: number;
    }
  | {
      kind: 'oracle';
      /** L2OutputOracle, before fault proofs. */
      oracle: Address;
      /** Seconds after which a proposal stands (`FINALIZATION_PERIOD_SECONDS`). */
      finalizationPeriod: number;
    };

/** An Ethereum block's state, as a finalised beacon header proves it. */
export interface EthereumState {
  number: bigint;
  stateRoot: Hex;
  /** Seconds since 1970. */
  timestamp: bigint;
}

/** A game by what identifies it, and the state that decides about it. */
export interface GameProof {
  kind: 'game';
  gameType: number;
  rootClaim: Hex;
  extraData: Hex;
  /** The factory's entry for the claim. */
  factory: Eip1186Proofs;
  /** The game's own first slot. */
  game: Eip1186Proofs;
  /** Respected type, then the blacklist's entry for the game. */
  guard: Eip1186Proofs;
}

/** A proposal of the legacy oracle. */
export interface ProposalProof {
  kind: 'proposal';
  index: bigint;
  /** Length of the list, output root, times. */
  oracle: Eip1186Proofs;
}

export type OutputProof = GameProof | ProposalProof;

/**
 * An output root as finalised Ethereum state has it. `proposed`: claimed, and nobody has refuted it; `resolved`: its
 * game ended for the defender; `final`: that long ago that it can no longer be blacklisted.
 */
export interface ProvenOutput {
  outputRoot: Hex;
  stage: 'proposed' | 'resolved' | 'final';
  /** For a person who reads along. */
  detail: string;
}

/** Storage of DisputeGameFactory: games by uuid; the list of game ids. */
export const FACTORY_SLOTS = { games: 103n, list: 104n } as const;
/** Storage of L2OutputOracle: the list of proposals, two words each. */
export const ORACLE_LIST_SLOT = 3n;
/** Storage of the two contracts that may guard games; the respected type stands beside the time of the last retirement. */
const GUARD_SLOTS = {
  portal: { blacklist: 58n, respected: 59n },
  anchorStateRegistry: { blacklist: 5n, respected: 6n },
} as const;

const STATUS = ['in progress', 'won by the challenger', 'won by the defender'] as const;
const DEFENDER_WINS = 2;
const CHALLENGER_WINS = 1;

/** A packed `GameId`: type32 ‖ createdAt64 ‖ proxy160. */
export function decodeGameId(word: bigint): { gameType: number; createdAt: bigint; proxy: Address } {
  return {
    gameType: Number(word >> 224n),
    createdAt: (word >> 160n) & 0xffffffffffffffffn,
    proxy: numberToHex(word & ((1n << 160n) - 1n), { size: 20 }),
  };
}

/** The first slot of a dispute game: createdAt64 ‖ resolvedAt64 ‖ status8, from the low end. */
export function decodeGameState(word: bigint): { createdAt: bigint; resolvedAt: bigint; status: number } {
  return {
    createdAt: word & 0xffffffffffffffffn,
    resolvedAt: (word >> 64n) & 0xffffffffffffffffn,
    status: Number((word >> 128n) & 0xffn),
  };
}

/** The second word of a proposal: timestamp128 ‖ l2BlockNumber128, from the low end. */
export function decodeProposal(word: bigint): { timestamp: bigint; l2BlockNumber: bigint } {
  return { timestamp: word & ((1n << 128n) - 1n), l2BlockNumber: word >> 128n };
}

/** Where the factory keeps the game of a claim: keccak(uuid ‖ 103). */
export function gameSlot({
  gameType,
  rootClaim,
  extraData,
}: Pick<GameProof, 'gameType' | 'rootClaim' | 'extraData'>): Hex {
  const uuid = keccak256(
    encodeAbiParameters(
      [{ type: 'uint32' }, { type: 'bytes32' }, { type: 'bytes' }],
      [gameType, rootClaim, extraData],
    ),
  );
  return mappingSlot(FACTORY_SLOTS.games, uuid);
}

/** The slots of the contract that guards games: the respected type, the blacklist's entry for a game. */
export function guardSlots(kind: keyof typeof GUARD_SLOTS, proxy: Address): [Hex, Hex] {
  const { blacklist, respected } = GUARD_SLOTS[kind];
  return [slotKey(respected), mappingSlot(blacklist, proxy)];
}

/** The slots of a proposal: the list's length, its output root, its times. */
export function proposalSlots(index: bigint): [Hex, Hex, Hex] {
  const first = listSlot(ORACLE_LIST_SLOT, 2n * index);
  return [slotKey(ORACLE_LIST_SLOT), first, offsetSlot(first, 1n)];
}

/** The word at `offset` of a dynamic array. */
export function listSlot(slot: bigint, offset: bigint): Hex {
  return offsetSlot(keccak256(slotKey(slot)), offset);
}

/**
 * What finalised Ethereum state says of an output root.
 *
 * @throws `OUTPUT_KIND`, `GAME_UNKNOWN`, `GAME_LOST`, `GAME_NOT_RESPECTED`, `GAME_BLACKLISTED`, `GAME_RETIRED`,
 *   `GAME_INVALID`, `PROPOSAL_UNKNOWN`, and the codes of the proofs
 */
export function verifyOutput(
  contracts: OutputContracts,
  state: EthereumState,
  proof: OutputProof,
): ProvenOutput {
  if (contracts.kind === 'games' && proof.kind === 'game') return verifyGame(contracts, state, proof);
  if (contracts.kind === 'oracle' && proof.kind === 'proposal')
    return verifyProposal(contracts, state, proof);
  throw new HskError('OUTPUT_KIND', 'The proof is of another contract than the profile names', {
    details: `${proof.kind}, the profile has ${contracts.kind}`,
  });
}

function verifyGame(
  contracts: OutputContracts & { kind: 'games' },
  state: EthereumState,
  proof: GameProof,
): ProvenOutput {
  const [entry] = words(state, contracts.factory, [gameSlot(proof)], proof.factory);
  if (!entry)
    throw refuse(
      'GAME_UNKNOWN',
      'No dispute game claims this output root',
      `type ${proof.gameType}, claim ${proof.rootClaim}`,
    );
  const { gameType, proxy } = decodeGameId(entry);
  const { kind, address: guard } = contracts.guard;
  const [settings = 0n, blacklisted] = words(state, guard, guardSlots(kind, proxy), proof.guard);
  const respected = Number(settings & 0xffffffffn);
  const retiredUpTo = (settings >> 32n) & 0xffffffffffffffffn;
  if (gameType !== proof.gameType || gameType !== respected)
    throw refuse(
      'GAME_NOT_RESPECTED',
      'The game is not of the type that counts',
      `type ${gameType}, respected is ${respected}`,
    );
  if (blacklisted) throw refuse('GAME_BLACKLISTED', 'The game was blacklisted by the guardian', proxy);

  const [slot = 0n] = words(state, proxy, [slotKey(0n)], proof.game);
  const { createdAt, resolvedAt, status } = decodeGameState(slot);
  if (createdAt === 0n || status >= STATUS.length)
    throw refuse(
      'GAME_INVALID',
      'The game is not one whose storage is known',
      `${proxy}: ${numberToHex(slot)}`,
    );
  // The portal kept games of the very second, the registry that followed it does not.
  if (createdAt < retiredUpTo || (kind === 'anchorStateRegistry' && createdAt === retiredUpTo))
    throw refuse(
      'GAME_RETIRED',
      'The game is older than the guardian accepts',
      `${createdAt}, retired up to ${retiredUpTo}`,
    );
  if (status === CHALLENGER_WINS)
    throw refuse('GAME_LOST', 'The claimed output root was refuted', `${proxy} is ${STATUS[status]}`);

  const resolved = status === DEFENDER_WINS && resolvedAt > 0n;
  const aired =
    resolved && state.timestamp > resolvedAt && state.timestamp - resolvedAt > BigInt(contracts.airGap);
  return {
    outputRoot: proof.rootClaim,
    stage: aired ? 'final' : resolved ? 'resolved' : 'proposed',
    detail: `game ${proxy} of type ${gameType}, ${STATUS[status]}${resolved ? ` ${state.timestamp - resolvedAt} s before, ${contracts.airGap} s are needed` : ''}`,
  };
}

function verifyProposal(
  contracts: OutputContracts & { kind: 'oracle' },
  state: EthereumState,
  { index, oracle }: ProposalProof,
): ProvenOutput {
  const [length = 0n, root = 0n, times = 0n] = words(state, contracts.oracle, proposalSlots(index), oracle);
  // Deleting proposals shortens the list and leaves their words in place.
  if (index >= length || root === 0n)
    throw refuse('PROPOSAL_UNKNOWN', 'The oracle holds no such proposal', `index ${index} of ${length}`);
  const { timestamp } = decodeProposal(times);
  const final = state.timestamp > timestamp + BigInt(contracts.finalizationPeriod);
  return {
    outputRoot: numberToHex(root, { size: 32 }),
    stage: final ? 'final' : 'proposed',
    detail: `proposal ${index} of ${timestamp}, Ethereum is at ${state.timestamp}, ${contracts.finalizationPeriod} s are needed`,
  };
}

/** Words of a contract under the state's root. A contract that is not there has none. */
function words(
  state: EthereumState,
  contract: Address,
  slots: readonly Hex[],
  proofs: Eip1186Proofs,
): bigint[] {
  return verifyStateProof({ stateRoot: state.stateRoot, address: contract, slots, proof: proofs }).values;
}

function refuse(code: string, message: string, details: string): HskError {
  return new HskError(code, message, { details });
}

const nodes = list(hex(), 130);
const proofs: Parser<Eip1186Proofs> = object<Eip1186Proofs>({
  accountProof: nodes,
  storageProofs: list(nodes, 3),
});

export const parseOutputProof: Parser<OutputProof> = (value, path) => {
  const { kind } = object<{ kind: OutputProof['kind'] }>({ kind: oneOf('game', 'proposal') })(value, path);
  return kind === 'game'
    ? object<GameProof>({
        kind: oneOf('game'),
        gameType: integer,
        rootClaim: hex(32),
        extraData: hex(),
        factory: proofs,
        game: proofs,
        guard: proofs,
      })(value, path)
    : object<ProposalProof>({ kind: oneOf('proposal'), index: uint, oracle: proofs })(value, path);
};

export const parseOutputContracts: Parser<OutputContracts> = (value, path) => {
  const { kind } = object<{ kind: OutputContracts['kind'] }>({ kind: oneOf('games', 'oracle') })(value, path);
  return kind === 'games'
    ? object<OutputContracts & { kind: 'games' }>({
        kind: oneOf('games'),
        factory: address,
        guard: object<{ kind: keyof typeof GUARD_SLOTS; address: Address }>({
          kind: oneOf('portal', 'anchorStateRegistry'),
          address,
        }),
        airGap: integer,
      })(value, path)
    : object<OutputContracts & { kind: 'oracle' }>({
        kind: oneOf('oracle'),
        oracle: address,
        finalizationPeriod: integer,
      })(value, path);
};
