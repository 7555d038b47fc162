import {
  type Address,
  encodeAbiParameters,
  type Hex,
  hexToBigInt,
  numberToHex,
  zeroAddress,
  zeroHash,
} from 'viem';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { httpBeacon } from '../../src/light-client/beacon.ts';
import { ethereumFinality } from '../../src/light-client/ethereum-finality.ts';
import type { FollowerParts } from '../../src/light-client/follower.ts';
import { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore, type Store } from '../../src/light-client/store.ts';
import type { Transport } from '../../src/light-client/transport.ts';
import { mappingSlot, offsetSlot, slotKey } from '../../src/protocol/anchor.ts';
import type { BeaconConfig } from '../../src/protocol/beacon-config.ts';
import { beaconRoot, type ExecutionPayload } from '../../src/protocol/beacon-header.ts';
import { HskError, toHskError } from '../../src/protocol/errors.ts';
import { EMPTY_TRIE_ROOT, EMPTY_UNCLES_HASH, type Header, headerHash } from '../../src/protocol/header.ts';
import {
  FACTORY_SLOTS,
  gameSlot,
  guardSlots,
  listSlot,
  MESSAGE_PASSER,
  ORACLE_LIST_SLOT,
  type OutputContracts,
} from '../../src/protocol/op-stack.ts';
import { outputRoot } from '../../src/protocol/output-root.ts';
import type { ChainProfile, EthereumMainchain } from '../../src/protocol/profile.ts';
import type { SyncUpdate } from '../../src/protocol/sync-update.ts';
import { BeaconWorld, PAYLOAD, toBeaconJson, type UpdateOptions } from './beacon-world.ts';
import { type Contents, filler, PlainState } from './plain-state.ts';
import type { SmallDeployment } from './small-deployment.ts';

export const FACTORY: Address = '0x00000000000000000000000000000000000fac70';
export const GUARD: Address = '0x0000000000000000000000000000000000009a4d';
export const ORACLE: Address = '0x00000000000000000000000000000000000042ac';
export const AIR_GAP = 500;

/** A dispute game as its contracts would hold it. */
export interface Game {
  gameType: number;
  rootClaim: Hex;
  l2BlockNumber: bigint;
  proxy: Address;
  createdAt: bigint;
  resolvedAt: bigint;
  /** 0 in progress, 1 the challenger won, 2 the defender won. */
  status: number;
}

interface MainchainBlock {
  header: Header;
  hash: Hex;
  state: PlainState;
  outputRoot: Hex;
}

/** Slots of the minimal preset: 8 an epoch, 64 a period. */
const CHECKPOINT_SLOT = 2 * 64 + 8;
const PRESENT_SLOT = 4 * 64 + 40;
const SECONDS = 12;

/**
 * A whole path in one process: a beacon chain whose committees the test holds, Ethereum and the mainchain as plain
 * tries, and a real execution chain with its committee.
 */
export class EthereumWorld {
  readonly beacon: BeaconWorld;
  /** By the clock of everybody here; moves only by hand. Seconds since 1970. */
  now: bigint;
  readonly ethereum = new Map<bigint, { state: PlainState; timestamp: bigint }>();
  readonly mainchain = new Map<bigint, MainchainBlock>();
  games: Game[] = [];
  guard = { respected: 1, retiredUpTo: 0n, blacklisted: [] as Address[] };
  proposals: { outputRoot: Hex; timestamp: bigint; l2BlockNumber: bigint }[] = [];
  /** Proposals beyond this are deleted: the list's length, not its words. */
  proposalCount: number | undefined;
  finality!: SyncUpdate;
  updates: SyncUpdate[] = [];
  readonly asked: string[] = [];
  #anchors: Record<string, bigint> = {};

  private constructor(
    readonly chains: SmallDeployment,
    readonly outputs: OutputContracts,
    readonly kind: 'portal' | 'anchorStateRegistry',
    readonly genesisTime: number,
  ) {
    const config: BeaconConfig = {
      preset: 'minimal',
      genesisTime,
      secondsPerSlot: SECONDS,
      genesisValidatorsRoot: filler('genesis validators'),
      forks: [
        { name: 'deneb', epoch: 0, version: '0x04000001' },
        // These lie within the way that is walked: generalised indices and versions change under it.
        { name: 'electra', epoch: 3 * 8 + 2, version: '0x05000001' },
        { name: 'fulu', epoch: 4 * 8 + 1, version: '0x06000001' },
      ],
    };
    this.beacon = new BeaconWorld(config);
    this.now = this.timeOf(PRESENT_SLOT);
  }

  /** On an execution chain that outlives it. */
  static async over(
    chains: SmallDeployment,
    contracts: 'portal' | 'anchorStateRegistry' | 'oracle' = 'portal',
  ): Promise<EthereumWorld> {
    const guard = contracts === 'oracle' ? 'portal' : contracts;
    const outputs: OutputContracts =
      contracts === 'oracle'
        ? { kind: 'oracle', oracle: ORACLE, finalizationPeriod: AIR_GAP }
        : { kind: 'games', factory: FACTORY, guard: { kind: guard, address: GUARD }, airGap: AIR_GAP };
    const genesisTime = Math.floor(Date.now() / 1000) - PRESENT_SLOT * SECONDS;
    const world = new EthereumWorld(chains, outputs, guard, genesisTime);
    const genesis = await world.ethereumBlock(1n);
    for (const period of [2, 3, 4])
      world.updates.push(
        world.beacon.update({
          attestedSlot: period * 64 + 30,
          finalizedSlot: period * 64 + 16,
          payload: genesis,
          withNext: true,
        }),
      );
    return world;
  }

  timeOf(slot: number): bigint {
    return BigInt(this.genesisTime + slot * SECONDS);
  }

  get profile(): ChainProfile & { mainchain: EthereumMainchain } {
    const first = this.chains.firstProfile;
    const { chainId, contracts } = first.mainchain;
    const bootstrap = this.beacon.bootstrap(CHECKPOINT_SLOT, this.#payloads.get(1n)!);
    return {
      ...first,
      mainchain: {
        chainId,
        rpcUrls: ['http://mainchain.invalid'],
        contracts,
        root: {
          kind: 'ethereum',
          chainId: 1,
          beaconUrls: ['http://beacon.invalid'],
          executionUrls: ['http://ethereum.invalid'],
          beacon: this.beacon.config,
          checkpoint: { root: beaconRoot(bootstrap.header.beacon), maxAge: 1_209_600 },
          outputs: this.outputs,
        },
      },
    };
  }

  /** The registry holds this output root of an execution block from the next mainchain block on. */
  anchor(blockNumber: bigint, root: Hex): void {
    this.#anchors[mappingSlot(anchorRegistrySlots.anchors, blockNumber)] = BigInt(root);
    this.#anchors[slotKey(anchorRegistrySlots.latestBlock)] = blockNumber;
  }

  /** A mainchain block over the registry as it is. */
  async mainchainBlock(number: bigint, salt = ''): Promise<MainchainBlock> {
    const registry = this.chains.firstProfile.mainchain.contracts.anchorRegistry;
    const { committee } = this.chains.firstProfile;
    const state = await PlainState.of({
      [registry]: {
        [slotKey(anchorRegistrySlots.epoch)]: committee.epoch,
        [mappingSlot(anchorRegistrySlots.committees, committee.epoch)]: hexToBigInt(
          this.chains.committeeHash,
        ),
        ...this.#anchors,
      },
      [MESSAGE_PASSER]: { [slotKey(1n)]: number },
    } as Contents);
    const header: Header = {
      parentHash: filler(`parent ${number}${salt}`),
      sha3Uncles: EMPTY_UNCLES_HASH,
      miner: zeroAddress,
      stateRoot: state.root,
      transactionsRoot: EMPTY_TRIE_ROOT,
      receiptsRoot: EMPTY_TRIE_ROOT,
      logsBloom: `0x${'00'.repeat(256)}`,
      difficulty: 0n,
      number,
      gasLimit: 30_000_000n,
      gasUsed: 0n,
      timestamp: this.now - 100n,
      extraData: '0x',
      mixHash: filler('randao'),
      nonce: '0x0000000000000000',
      baseFeePerGas: 7n,
      // Not the message passer's storage root: nobody may take it for that.
      withdrawalsRoot: EMPTY_TRIE_ROOT,
      blobGasUsed: 0n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: zeroHash,
    };
    const hash = headerHash(header);
    const { storageHash } = state.account(MESSAGE_PASSER);
    const block = {
      header,
      hash,
      state,
      outputRoot: outputRoot({
        stateRoot: state.root,
        messagePasserStorageRoot: storageHash,
        latestBlockhash: hash,
      }),
    };
    this.mainchain.set(number, block);
    return block;
  }

  /** A game that claims this block; resolved for the defender that many seconds ago, or in progress. */
  play(block: MainchainBlock, change: Partial<Game> & { resolvedAgo?: bigint } = {}): Game {
    const { resolvedAgo, ...rest } = change;
    const game: Game = {
      gameType: 1,
      rootClaim: block.outputRoot,
      l2BlockNumber: block.header.number,
      proxy: numberToHex(BigInt(filler(`game ${this.games.length}`)) >> 96n, { size: 20 }),
      createdAt: this.now - 5000n,
      resolvedAt: resolvedAgo === undefined ? 0n : this.#finalizedTime() - resolvedAgo,
      status: resolvedAgo === undefined ? 0 : 2,
      ...rest,
    };
    this.games.push(game);
    return game;
  }

  propose(block: MainchainBlock, ago: bigint): void {
    this.proposals.push({
      outputRoot: block.outputRoot,
      timestamp: this.#finalizedTime() - ago,
      l2BlockNumber: block.header.number,
    });
  }

  #finalizedSlot = PRESENT_SLOT - 20;
  #ethereumNumber = 100n;
  readonly #payloads = new Map<bigint, ExecutionPayload>();

  #finalizedTime(): bigint {
    return this.timeOf(this.#finalizedSlot);
  }

  /** Ethereum as it is now becomes final, that many slots later. Only then does everybody's clock move. */
  async finalize(slots = 0, change: Partial<UpdateOptions> = {}): Promise<void> {
    this.#finalizedSlot += slots;
    const payload = await this.ethereumBlock(this.#ethereumNumber++);
    this.finality = this.beacon.update({
      attestedSlot: this.#finalizedSlot + 16,
      finalizedSlot: this.#finalizedSlot,
      payload,
      ...change,
    });
    this.now += BigInt(slots * SECONDS);
  }

  async ethereumBlock(number: bigint): Promise<ExecutionPayload> {
    const { respected, retiredUpTo, blacklisted } = this.guard;
    const factory: Record<Hex, bigint> = { [slotKey(FACTORY_SLOTS.list)]: BigInt(this.games.length) };
    const contents: Contents = {};
    this.games.forEach((game, index) => {
      const id = (BigInt(game.gameType) << 224n) | (game.createdAt << 160n) | hexToBigInt(game.proxy);
      factory[listSlot(FACTORY_SLOTS.list, BigInt(index))] = id;
      factory[gameSlot({ ...game, extraData: extraDataOf(game) })] = id;
      contents[game.proxy] = {
        [slotKey(0n)]:
          (1n << 136n) | (BigInt(game.status) << 128n) | (game.resolvedAt << 64n) | game.createdAt,
      };
    });
    const [settings] = guardSlots(this.kind, zeroAddress);
    contents[FACTORY] = factory;
    contents[GUARD] = {
      [settings]: (retiredUpTo << 32n) | BigInt(respected),
      ...Object.fromEntries(blacklisted.map((proxy) => [guardSlots(this.kind, proxy)[1], 1n])),
    };
    contents[ORACLE] = {
      [slotKey(ORACLE_LIST_SLOT)]: BigInt(this.proposalCount ?? this.proposals.length),
      ...Object.fromEntries(
        this.proposals.flatMap(({ outputRoot, timestamp, l2BlockNumber }, index) => {
          const slot = listSlot(ORACLE_LIST_SLOT, 2n * BigInt(index));
          return [
            [slot, BigInt(outputRoot)],
            [offsetSlot(slot, 1n), (l2BlockNumber << 128n) | timestamp],
          ];
        }),
      ),
    };
    const state = await PlainState.of(contents);
    const timestamp = this.#finalizedTime();
    this.ethereum.set(number, { state, timestamp });
    const payload: ExecutionPayload = { ...PAYLOAD, stateRoot: state.root, blockNumber: number, timestamp };
    this.#payloads.set(number, payload);
    return payload;
  }

  /** A light client on all of this; `lie` may alter any answer on its way. */
  client({ lie, store = memoryStore() }: { lie?: Lie; store?: Store } = {}): LightClient {
    const { mainchain, execution, openRoot } = this.sources(lie);
    return new LightClient({
      store,
      now: () => Number(this.now) * 1000,
      intervals: { mainchain: 30, execution: 30, eager: 20 },
      transport: (_urls, chain) => (chain === 'mainchain' ? mainchain : execution),
      openRoot,
    });
  }

  /** What a light client asks; `lie` may alter any answer on its way. */
  sources(
    lie: Lie = (_source, _what, _params, answer) => answer,
  ): Pick<FollowerParts, 'mainchain' | 'execution' | 'openRoot'> {
    const through = (
      source: Source,
      answer: (method: string, params: readonly unknown[]) => Promise<unknown>,
    ) =>
      ({
        request: async (method, params) => {
          this.asked.push(`${source} ${method}`);
          let honest: unknown;
          try {
            honest = await answer(method, params);
          } catch (error) {
            throw new HskError('RPC_ERROR', toHskError(error).message);
          }
          return lie(source, method, params, structuredClone(honest));
        },
      }) satisfies Transport;
    return {
      mainchain: through('mainchain', (method, params) => this.#answerMainchain(method, params)),
      execution: through('execution', (method, params) => this.chains.execution.request(method, [...params])),
      openRoot: ethereumFinality({
        ethereum: () => through('ethereum', (method, params) => this.#answerEthereum(method, params)),
        beacon: (urls) =>
          httpBeacon(urls, {
            fetch: async (input) => {
              const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input);
              const [, , , , , route, root] = pathname.split('/');
              this.asked.push(`beacon ${route}`);
              const honest = this.#answerBeacon(route!, root, searchParams);
              const answer = lie('beacon', route!, [], structuredClone(honest));
              return answer === undefined
                ? new Response('not found', { status: 404 })
                : Response.json(wrap(answer));
            },
          }),
      }),
    };
  }

  #answerBeacon(route: string, root: string | undefined, query: URLSearchParams): unknown {
    switch (route) {
      case 'bootstrap': {
        const bootstrap = this.beacon.bootstrap(CHECKPOINT_SLOT, this.#payloads.get(1n)!);
        return root === beaconRoot(bootstrap.header.beacon) ? bootstrap : undefined;
      }
      case 'updates': {
        const from = Number(query.get('start_period'));
        return this.updates.slice(from - 2, from - 2 + Number(query.get('count')));
      }
      case 'finality_update':
        return this.finality;
      default:
        return undefined;
    }
  }

  async #answerEthereum(method: string, params: readonly unknown[]): Promise<unknown> {
    const block = this.ethereum.get(BigInt(params.at(-1) as Hex));
    if (!block) throw new Error('no such block');
    if (method === 'eth_getStorageAt') return block.state.word(params[0] as Address, params[1] as Hex);
    if (method === 'eth_getProof') return block.state.proof(params[0] as Address, params[1] as Hex[]);
    const { to, data } = params[0] as { to: Address; data: Hex };
    const game = this.games.find(({ proxy }) => proxy === to);
    if (method !== 'eth_call' || !game) throw new Error('execution reverted');
    if (data === '0xbcef3b55') return game.rootClaim;
    if (data === '0x8b85902b') return numberToHex(game.l2BlockNumber, { size: 32 });
    return encodeAbiParameters([{ type: 'bytes' }], [extraDataOf(game)]);
  }

  async #answerMainchain(method: string, params: readonly unknown[]): Promise<unknown> {
    const tag = method === 'eth_getProof' ? params[2] : params[0];
    const block = this.mainchain.get(BigInt(tag as Hex));
    if (method === 'eth_getBlockByNumber') return block ? rpcHeader(block.header) : null;
    if (!block) throw new Error('no such block');
    return block.state.proof(params[0] as Address, params[1] as Hex[]);
  }
}

export type Source = 'beacon' | 'ethereum' | 'mainchain' | 'execution';
export type Lie = (source: Source, what: string, params: readonly unknown[], answer: unknown) => unknown;

function wrap(answer: unknown): unknown {
  const one = (value: unknown) => ({ version: 'fulu', data: toBeaconJson(value) });
  return Array.isArray(answer) ? answer.map(one) : one(answer);
}

function extraDataOf({ l2BlockNumber }: Game): Hex {
  return numberToHex(l2BlockNumber, { size: 32 });
}

function rpcHeader(header: Header): unknown {
  return Object.fromEntries(
    Object.entries(header).map(([key, value]) => [
      key,
      typeof value === 'bigint' ? numberToHex(value) : value,
    ]),
  );
}
