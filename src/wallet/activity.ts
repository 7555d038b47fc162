import { type Address, getAddress, type Hex, pad, toEventSelector } from 'viem';
import type { LightClientApi, ProvenLog } from '../light-client/light-client-api.ts';
import { executionHash } from '../protocol/execution-hash.ts';
import type { ChainProfile } from '../protocol/profile.ts';
import { sameAddress } from '../protocol/address.ts';
import type { BlockRef, Rung } from '../protocol/trust.ts';
import { describeTransaction, type KnownToken, tokenAt } from './describe-request.ts';
import type { SentTransaction, SentStatus } from './journal.ts';

/** One line of a wallet's activity: a movement of a token, or something sent that moved none. */
export interface ActivityItem {
  hash: Hex;
  kind: 'sent' | 'received' | 'bought' | 'call';
  status: SentStatus;
  /** Seconds since 1970: the block's time, or when it was sent. */
  at: bigint;
  /** The token that moved, and how much of it, in base units. */
  token?: KnownToken;
  amount?: bigint;
  counterparty?: Address;
  /** For `bought`: what was paid. */
  cost?: bigint;
  /** For `call`: what the sender said it does. */
  describe?: string;
  /** The log that proves it, once there is one. */
  proof?: { rung: Rung; block: BlockRef; evidenceId: string };
}

export interface Activity {
  /** Newest first. */
  items: ActivityItem[];
  /** Every movement between these blocks is listed; of others only what this browser sent itself. */
  covered?: { from: BlockRef; to: BlockRef };
  /** True when the listing reaches the chain's first block. */
  complete: boolean;
}

const TRANSFER = toEventSelector('Transfer(address,address,uint256)');
const SETTLED = toEventSelector('Settled(bytes32,address,address,address,uint256,uint256,bytes32)');

/** Blocks looked through at a time. */
export const SPAN = 256n;

type Chain = Pick<LightClientApi, 'read' | 'header'>;

/**
 * Follows what an account sent and received: proven logs of the profile's tokens over a growing range of
 * blocks, joined with the browser's own journal.
 */
export class ActivityReader {
  readonly #found = new Map<Hex, ActivityItem>();
  #from: bigint | undefined;
  #to: bigint | undefined;

  constructor(
    private readonly chain: Chain,
    private readonly profile: ChainProfile,
    private readonly account: Address,
    private readonly sent: () => Promise<SentTransaction[]>,
  ) {}

  /**
   * Reads up to `head`, an attested block; the first time, `SPAN` blocks back from it. A chain whose reads are
   * private shows no block whole: there the journal is all there is.
   */
  async follow(head: BlockRef): Promise<void> {
    if (this.profile.execution.access?.reads === 'private') return;
    if (this.#to !== undefined && head.number <= this.#to) return;
    const from = this.#to === undefined ? back(head.number) : this.#to + 1n;
    await this.#scan(from < head.number - 4000n ? head.number - 4000n : from, head.number);
    this.#from ??= from;
    this.#to = head.number;
  }

  /** Reads `SPAN` blocks further back. */
  async further(): Promise<void> {
    if (this.#from === undefined || this.#from === 0n) return;
    const from = back(this.#from - 1n);
    await this.#scan(from, this.#from - 1n);
    this.#from = from;
  }

  async list(): Promise<Activity> {
    const items = new Map(this.#found);
    for (const entry of await this.sent()) {
      if (!sameAddress(entry.from, this.account)) continue;
      const proven = items.get(entry.hash);
      if (proven) proven.describe = entry.describe;
      else items.set(entry.hash, this.#own(entry));
    }
    const from = this.#from === undefined ? undefined : await this.#block(this.#from);
    const to = this.#to === undefined ? undefined : await this.#block(this.#to);
    return {
      items: [...items.values()].toSorted((a, b) => Number(b.at - a.at)),
      ...(from && to && { covered: { from, to } }),
      complete: this.#from === 0n,
    };
  }

  async #scan(fromBlock: bigint, toBlock: bigint): Promise<void> {
    const { stablecoin, settlement } = this.profile.execution.contracts;
    const self = pad(this.account, { size: 32 }).toLowerCase() as Hex;
    const tokens = [stablecoin, ...this.profile.products.map(({ token }) => token)];
    const queries: [Address, (Hex | null)[]][] = [
      ...tokens.flatMap((token): [Address, (Hex | null)[]][] => [
        [token, [TRANSFER, self]],
        [token, [TRANSFER, null, self]],
      ]),
      // Last, so that a purchase is told as one thing and not as its two halves.
      [settlement, [SETTLED, null, self]],
    ];
    const answers = await Promise.all(
      queries.map(([address, topics]) =>
        this.chain.read({ kind: 'logs', address, topics, fromBlock, toBlock }),
      ),
    );
    for (const { value, rung, evidenceId } of answers)
      for (const log of value) {
        const block = await this.#block(log.blockNumber);
        const item = this.#item(log);
        if (item)
          this.#found.set(log.transactionHash, {
            ...item,
            at: block.timestamp,
            proof: { rung, block, evidenceId },
          });
      }
  }

  #item(log: ProvenLog): Omit<ActivityItem, 'at'> | undefined {
    const { transactionHash: hash, topics, data } = log;
    const status = 'success' as const;
    if (topics[0] === SETTLED) {
      const token = tokenAt(addressIn(topics[3]), this.profile);
      const [seller, amount, cost] = [word(data, 0), BigInt(word(data, 1)), BigInt(word(data, 2))];
      return token && { hash, kind: 'bought', status, token, amount, cost, counterparty: addressIn(seller) };
    }
    const token = tokenAt(log.address, this.profile);
    if (!token || topics.length !== 3) return undefined;
    const [from, to] = [addressIn(topics[1]), addressIn(topics[2])];
    const amount = BigInt(word(data, 0));
    const outgoing = sameAddress(from, this.account);
    const kind = outgoing ? ('sent' as const) : ('received' as const);
    return { hash, kind, status, token, amount, counterparty: outgoing ? to : from };
  }

  #own(entry: SentTransaction): ActivityItem {
    const { hash, status, describe, to, value } = entry;
    const at = entry.block?.timestamp ?? BigInt(entry.sentAt);
    const native = { address: to, symbol: this.profile.execution.currency, decimals: 18 };
    if (entry.data === '0x')
      return { hash, status, at, kind: 'sent', token: native, amount: value, counterparty: to };
    const what = describeTransaction(entry, this.profile);
    if (what.kind === 'transfer' && what.token.symbol) {
      const { token, amount, to: counterparty } = what;
      return { hash, status, at, kind: 'sent', token, amount, counterparty };
    }
    return { hash, status, at, kind: 'call', describe, counterparty: to };
  }

  async #block(number: bigint): Promise<BlockRef> {
    const header = await this.chain.header(number);
    return { number, hash: executionHash(header), timestamp: header.timestamp };
  }
}

function back(number: bigint): bigint {
  return number > SPAN ? number - SPAN + 1n : 0n;
}

/** Word `index` of ABI-encoded data. */
function word(data: Hex, index: number): Hex {
  return `0x${data.slice(2 + 64 * index, 66 + 64 * index) || '0'}`;
}

function addressIn(topic: Hex | undefined): Address {
  return getAddress(`0x${(topic ?? '').slice(-40)}`);
}
