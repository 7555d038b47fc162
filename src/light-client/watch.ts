import { bytesToHex, type Hex, numberToHex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import type { Header } from '../protocol/header.ts';
import { hex, object, oneOf } from '../protocol/parse.ts';
import type { LightClientApi, LightClientStatus } from './light-client-api.ts';

/** What EIP-1193's `message` event carries for a subscription (EIP-758). */
export interface SubscriptionMessage {
  type: 'eth_subscription';
  data: { subscription: Hex; result: unknown };
}

type Filter = Record<string, unknown>;

interface Watch {
  id: Hex;
  /** Logs that match, or every new block. */
  filter: Filter | undefined;
  /** The first block that was not told of yet. */
  next: bigint;
  /** Told of by itself; a filter waits until it is asked. */
  pushed: boolean;
  /** One question at a time, so that nothing is told twice. */
  turn: Promise<unknown>;
}

/** Blocks told of in one step: what one log query may cover. */
const STEP = 4096n;
/** Filters and subscriptions of one page. */
const LIMIT = 256;

const parseKind = oneOf('newHeads', 'logs');
const anObject = object({});

/**
 * Filters and subscriptions of JSON-RPC in the page: each block and each log in them is proven, and no log is
 * left out. What could not be proven is asked again at the next verified head.
 */
export class ChainWatch {
  readonly #watches = new Map<Hex, Watch>();
  #listening: Promise<number> | undefined;
  #told = '';

  constructor(
    private readonly lightClient: Pick<
      LightClientApi,
      'request' | 'header' | 'status' | 'subscribe' | 'unsubscribe'
    >,
    private readonly emit: (message: SubscriptionMessage) => void,
  ) {}

  /** @throws `PARSE_INVALID`, `WATCH_UNKNOWN`, `WATCH_LIMIT`, and what the light client was refused with */
  async answer(method: string, params: readonly unknown[]): Promise<unknown> {
    switch (method) {
      case 'eth_subscribe': {
        const logs = parseKind(params[0], 'params[0]') === 'logs';
        const id = await this.#open(logs ? anyFilter(params[1] ?? {}, 'params[1]') : undefined, true);
        this.#listen();
        return id;
      }
      case 'eth_newFilter':
        return this.#open(anyFilter(params[0], 'params[0]'), false);
      case 'eth_newBlockFilter':
        return this.#open(undefined, false);
      case 'eth_getFilterChanges': {
        const watch = this.#watch(params[0]);
        const changes = await this.#inTurn(watch, (found) => found);
        return watch.filter ? changes : (changes as { hash: Hex }[]).map(({ hash }) => hash);
      }
      case 'eth_getFilterLogs':
        return this.lightClient.request({
          method: 'eth_getLogs',
          params: [this.#watch(params[0]).filter ?? {}],
        });
      default: {
        const known = this.#watches.delete(hex()(params[0], 'params[0]'));
        if (![...this.#watches.values()].some(({ pushed }) => pushed)) this.#rest();
        return known;
      }
    }
  }

  async #open(filter: Filter | undefined, pushed: boolean): Promise<Hex> {
    if (this.#watches.size >= LIMIT)
      throw new HskError('WATCH_LIMIT', 'The page holds too many filters and subscriptions', {
        details: String(LIMIT),
        action: 'End those that are no longer needed: eth_uninstallFilter, eth_unsubscribe.',
      });
    const next = (await this.#newest()) + 1n;
    // A filter that cannot be read is refused now and not at the first block.
    if (filter) await this.#logs(filter, next - 1n, next - 1n);
    const id = bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
    this.#watches.set(id, { id, filter, next, pushed, turn: Promise.resolve() });
    return id;
  }

  #watch(id: unknown): Watch {
    const watch = this.#watches.get(hex()(id, 'params[0]'));
    if (!watch || watch.pushed) throw new HskError('WATCH_UNKNOWN', 'filter not found');
    return watch;
  }

  /** Hands on what is new, and counts it as told once that was done. */
  #inTurn<T>(watch: Watch, use: (changes: unknown[]) => T): Promise<T> {
    const turn = watch.turn.then(async () => {
      const newest = await this.#newest();
      const to = newest - watch.next >= STEP ? watch.next + STEP - 1n : newest;
      const changes = await this.#between(watch, watch.next, to);
      if (to >= watch.next) watch.next = to + 1n;
      return use(changes);
    });
    watch.turn = turn.catch(() => undefined);
    return turn;
  }

  async #between({ filter }: Watch, from: bigint, to: bigint): Promise<unknown[]> {
    if (to < from) return [];
    return filter ? this.#logs(filter, from, to) : this.#heads(from, to);
  }

  async #logs({ address, topics }: Filter, from: bigint, to: bigint): Promise<unknown[]> {
    const range = { fromBlock: numberToHex(from), toBlock: numberToHex(to) };
    return (await this.lightClient.request({
      method: 'eth_getLogs',
      params: [
        { ...range, ...(address !== undefined && { address }), ...(topics !== undefined && { topics }) },
      ],
    })) as unknown[];
  }

  /** Hashes come from the parent that the next header names; the newest one's from the verified heads. */
  async #heads(from: bigint, to: bigint): Promise<unknown[]> {
    const heads: unknown[] = [];
    let hash = await this.#hashOf(to);
    for (let number = to; number >= from; number--) {
      const header = await this.lightClient.header(number);
      heads.unshift({ ...inHex(header), hash });
      hash = header.parentHash;
    }
    return heads;
  }

  async #hashOf(number: bigint): Promise<Hex> {
    const { attested, anchored } = (await this.lightClient.status()).heads;
    for (const head of [attested, anchored]) if (head?.number === number) return head.hash;
    return (await this.lightClient.header(number + 1n)).parentHash;
  }

  async #newest(): Promise<bigint> {
    return BigInt((await this.lightClient.request({ method: 'eth_blockNumber' })) as Hex);
  }

  #listen(): void {
    this.#listening ??= this.lightClient.subscribe((status) => this.#push(status));
  }

  #rest(): void {
    void this.#listening?.then((id) => this.lightClient.unsubscribe(id));
    this.#listening = undefined;
  }

  #push({ heads: { attested, anchored } }: LightClientStatus): void {
    const now = `${attested?.hash} ${anchored?.hash}`;
    if (now === this.#told) return;
    this.#told = now;
    for (const watch of this.#watches.values())
      if (watch.pushed)
        this.#inTurn(watch, (changes) => {
          for (const result of changes)
            if (this.#watches.has(watch.id))
              this.emit({ type: 'eth_subscription', data: { subscription: watch.id, result } });
        }).catch(() => (this.#told = ''));
  }
}

function anyFilter(value: unknown, path: string): Filter {
  anObject(value, path);
  return value as Filter;
}

function inHex(header: Header): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(header).map(([field, value]) => [
      field,
      typeof value === 'bigint' ? numberToHex(value) : value,
    ]),
  );
}
