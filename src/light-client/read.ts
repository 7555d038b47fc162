import type { Address, Hex } from 'viem';
import { keccak256, numberToHex, stringToHex } from '../protocol/hex.ts';
import { callParams } from '../evm/call-params.ts';
import { EMPTY_CODE_HASH } from '../protocol/account-proof.ts';
import { HskError } from '../protocol/errors.ts';
import type { LogFilter } from '../protocol/logs.ts';
import { hex } from '../protocol/parse.ts';
import { atLeast, type Proven, type Rung } from '../protocol/trust.ts';
import { bodyReader, type ReadBody } from './block-body.ts';
import { type EvidenceSource, writeEvidence } from './evidence.ts';
import type { EvmTurns } from '../evm/evm-turns.ts';
import type { Follower } from './follower.ts';
import type { Answers, ProvenAccount, ProvenBlock, ProvenLog, Query } from './light-client-api.ts';
import { blockRef, type HashedHeader } from './linked-headers.ts';
import { checkRange, collectLogs } from './logs.ts';
import { proveCall } from './prove-call.ts';
import type { ProvenState } from './prove-state.ts';
import { locateReceipt, receiptAnswer } from './receipts.ts';
import { distrust } from './transport.ts';

/** Answers remembered, so that their evidence can be opened later. */
const REMEMBERED = 1024;
const REMEMBERED_CODES = 128;

/**
 * Answers what it can prove under the follower's heads. The same question asked while it is being answered
 * is answered once.
 */
export class Reader {
  readonly body: ReadBody;
  readonly #asked = new Map<string, Promise<Proven<unknown>>>();
  readonly #sources = new Map<string, EvidenceSource>();
  /** Contract code by its hash, which is the proof. */
  readonly #codes = new Map<Hex, Hex>();

  constructor(
    readonly follower: Follower,
    /** Where calls are executed. */
    readonly evm: EvmTurns,
  ) {
    this.body = this.isPrivate ? refuseBody : bodyReader(follower.parts.execution);
  }

  /** The chain shows an account only its own: no block is seen whole. */
  get isPrivate(): boolean {
    return this.follower.parts.profile.execution.access?.reads === 'private';
  }

  /** @throws `HEADS_MISSING` before the first verified head. */
  newest(): HashedHeader {
    const newest = this.follower.newest();
    if (!newest)
      throw new HskError('HEADS_MISSING', 'No block of the execution chain is verified yet', {
        action: 'Wait until the light client has synced.',
      });
    return newest;
  }

  async read<Q extends Query>(query: Q): Promise<Proven<Answers[Q['kind']]>> {
    const key = this.#id(query, this.newest());
    let answer = this.#asked.get(key);
    if (!answer) {
      answer = this.#read(query).finally(() => this.#asked.delete(key));
      this.#asked.set(key, answer);
    }
    return answer as Promise<Proven<Answers[Q['kind']]>>;
  }

  #read(query: Query): Promise<Proven<unknown>> {
    switch (query.kind) {
      case 'account':
        return this.#state(query, [], ({ account }) => account satisfies ProvenAccount);
      case 'storage':
        return this.#state(query, query.slots, ({ values }) => values);
      case 'code':
        return this.#code(query);
      case 'block':
        return this.#block(query);
      case 'call':
        return this.#call(query);
      case 'receipt':
        return this.#receipt(query);
      case 'logs':
        return this.#logs(query);
    }
  }

  /** The evidence document of an earlier answer, at the rung it has reached by now. */
  async evidence(evidenceId: string): Promise<string> {
    const source = this.#sources.get(evidenceId);
    if (!source)
      throw new HskError('EVIDENCE_UNKNOWN', 'This light client gave no such answer', {
        details: evidenceId,
        action: 'Read the value again and open the evidence of the new answer.',
      });
    return writeEvidence(this, source);
  }

  /** Highest rung of a verified block. All verified blocks lie on one chain, so its height decides. */
  rungOf({ header }: HashedHeader): Rung {
    const { final, anchored } = this.follower.heads;
    if (final && header.number <= final.block.header.number) return 'final';
    if (anchored && header.number <= anchored.block.header.number) return 'anchored';
    return 'attested';
  }

  /** The verified block of this height. @throws `BLOCK_NOT_ATTESTED` above the newest verified head. */
  async block(number: bigint): Promise<HashedHeader> {
    const newest = this.newest();
    if (number > newest.header.number)
      throw new HskError('BLOCK_NOT_ATTESTED', 'The block is not attested yet', {
        details: `block ${number}, newest attested is ${newest.header.number}`,
      });
    const headers = this.follower.executionHeaders;
    const above = headers.get(number) ?? headers.nearestAbove(number) ?? newest;
    return this.follower.ancestor(above, number);
  }

  async state(at: HashedHeader, address: Address, slots: readonly Hex[] = []): Promise<ProvenState> {
    return this.follower.proveExecution(at, address, slots);
  }

  /** The code of an account. @throws `CODE_HASH` when what the endpoint shows is not it */
  async code(at: HashedHeader, address: Address): Promise<Hex> {
    const { codeHash } = (await this.state(at, address)).account;
    if (codeHash === EMPTY_CODE_HASH) return '0x';
    const known = this.#codes.get(codeHash);
    if (known) return known;
    const { execution } = this.follower.parts;
    const shown = await execution.request('eth_getCode', [address, numberToHex(at.header.number)]);
    const code = hex()(shown, 'code');
    if (keccak256(code) !== codeHash) {
      const error = new HskError('CODE_HASH', 'The code the endpoint showed is not the account’s', {
        details: `${address}: ${keccak256(code)}, proven ${codeHash}`,
      });
      distrust(execution, error);
      throw error;
    }
    forgetOldest(this.#codes.set(codeHash, code), REMEMBERED_CODES);
    return code;
  }

  /** Complete logs of a range of verified blocks; the range ends at the newest verified head. */
  async logs(filter: LogFilter, fromBlock: bigint, toBlock: bigint): Promise<ProvenLog[]> {
    return collectLogs(await this.blocks(fromBlock, toBlock), filter, this.body);
  }

  /** All verified blocks of a range. @throws `LOGS_RANGE` for too long a one */
  async blocks(fromBlock: bigint, toBlock: bigint): Promise<HashedHeader[]> {
    checkRange(fromBlock, toBlock);
    if (toBlock < fromBlock) return [];
    const top = await this.block(toBlock);
    await this.follower.executionHeaders.descend(top, fromBlock);
    const blocks: HashedHeader[] = [];
    // A header that the walk pushed out of the cache is fetched again: skipping it would lose its logs.
    for (let number = fromBlock; number <= toBlock; number++)
      blocks.push(this.follower.executionHeaders.get(number) ?? (await this.block(number)));
    return blocks;
  }

  /** Proves under the newest head, and under the anchored and the final one, where the same value lifts the rung. */
  async #state<T>(
    query: Query & { address: Address },
    slots: readonly Hex[],
    pick: (state: ProvenState) => T,
  ): Promise<Proven<T>> {
    const newest = this.newest();
    const { anchored, final } = this.follower.heads;
    const [value, ...lower] = await Promise.all([
      this.state(newest, query.address, slots).then(pick),
      ...[final, anchored].map((head) => this.#earlier(head?.block, newest, query.address, slots)),
    ]);
    let rung = this.rungOf(newest);
    let proofAt = newest;
    [final, anchored].forEach((head, index) => {
      const earlier = lower[index];
      if (!head || !earlier || !same(pick(earlier), value)) return;
      const reached = this.rungOf(head.block);
      if (atLeast(rung, reached)) return;
      rung = reached;
      proofAt = head.block;
    });
    return this.#proven(query, value, rung, newest, proofAt);
  }

  async #earlier(
    at: HashedHeader | undefined,
    newest: HashedHeader,
    address: Address,
    slots: readonly Hex[],
  ): Promise<ProvenState | undefined> {
    if (!at || at.header.number >= newest.header.number) return undefined;
    try {
      return await this.state(at, address, slots);
    } catch (error) {
      // A peer may have pruned the older state: the answer stands, its rung stays lower.
      if (error instanceof HskError && error.code === 'RPC_ERROR') return undefined;
      throw error;
    }
  }

  /** The code's hash is in the account, which may be the same under a higher rung. */
  async #code(query: Query & { kind: 'code' }): Promise<Proven<Hex>> {
    const account = await this.#state(query, [], ({ account }) => account.codeHash);
    return { ...account, value: await this.code(await this.block(account.block.number), query.address) };
  }

  async #block(query: Query & { kind: 'block' }): Promise<Proven<ProvenBlock>> {
    const block = await this.block(query.number);
    const { transactions } = await this.body(block);
    const { header, hash } = block;
    const value = { hash, header, transactions: transactions.map((transaction) => transaction.hash) };
    return this.#proven(query, value, this.rungOf(block), block, block);
  }

  async #call(query: Query & { kind: 'call' }): Promise<Proven<Hex>> {
    const newest = this.newest();
    const value = await proveCall(this, query.method ?? 'eth_call', callParams(query.call), newest);
    return this.#proven(query, value, this.rungOf(newest), newest, newest);
  }

  async #receipt(query: Query & { kind: 'receipt' }): Promise<Proven<Answers['receipt']>> {
    const found = await locateReceipt(this, query.transactionHash, query.minimum ?? 'attested');
    const value = receiptAnswer(found);
    return this.#proven(query, value, found.rung, found.body.block, found.body.block);
  }

  async #logs(query: Query & { kind: 'logs' }): Promise<Proven<ProvenLog[]>> {
    const newest = this.newest();
    const toBlock = query.toBlock > newest.header.number ? newest.header.number : query.toBlock;
    const filter = {
      addresses: [query.address],
      topics: query.topics.map((topic) => (topic === null ? null : [topic])),
    };
    const value = await this.logs(filter, query.fromBlock, toBlock);
    const block = await this.block(toBlock);
    return this.#proven(query, value, this.rungOf(block), block, block);
  }

  #proven<T>(query: Query, value: T, rung: Rung, newest: HashedHeader, proofAt: HashedHeader): Proven<T> {
    const evidenceId = this.#id(query, newest);
    this.#sources.delete(evidenceId);
    forgetOldest(this.#sources.set(evidenceId, { query, newest, proofAt, rung }), REMEMBERED);
    return { value, rung, block: blockRef(newest), evidenceId };
  }

  #id(query: Query, at: HashedHeader): string {
    const text = JSON.stringify([query, at.hash], (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
    return keccak256(stringToHex(text)).slice(2, 34);
  }
}

function forgetOldest(known: Map<string, unknown>, limit: number): void {
  for (const old of known.keys()) {
    if (known.size <= limit) break;
    known.delete(old);
  }
}

/** Completeness can only be proven by whole blocks. */
async function refuseBody({ header }: HashedHeader): Promise<never> {
  throw new HskError('BODY_PRIVATE', 'Reads of this chain are private: it shows no block whole', {
    details: `block ${header.number}`,
    action: 'Ask for the receipts of your own transactions: each is proven by itself.',
  });
}

function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}
