import { connectChecker } from '../../src/light-client/connect-checker.ts';
import { type Address, encodeAbiParameters, type Hex, keccak256, pad, toEventSelector } from 'viem';
import { fundTokenSlots } from '../../src/contracts/abi/FundToken.ts';
import { hongKongDollarSlots } from '../../src/contracts/abi/HongKongDollar.ts';
import { Session } from '../../src/elements/shared/session.ts';
import type { Answers, ProvenLog, ProvenReceipt, Query } from '../../src/light-client/light-client-api.ts';
import { mappingSlot } from '../../src/protocol/anchor.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { EMPTY_TRIE_ROOT, EMPTY_UNCLES_HASH, type Header } from '../../src/protocol/header.ts';
import type { Proven } from '../../src/protocol/trust.ts';
import { type ConnectedVault, connectVault } from '../../src/wallet/connect-vault.ts';
import { memoryJournal } from '../../src/wallet/journal.ts';
import { Wallet } from '../../src/wallet/wallet.ts';
import { product, profile } from '../market/fixture.ts';
import { block, LIVE, proven, ScriptedLightClient } from './fixture.ts';

/** Everybody's test phrase, and its first account. */
export const PHRASE = 'test test test test test test test test test test test junk';
export const OWNER: Address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
export const PASSWORD = 'violet harbour tram';
export const FRIEND: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

const TRANSFER = toEventSelector('Transfer(address,address,uint256)');

/** A chain of the test's own making. Vault, wallet and element are the real ones. */
export class Chain extends ScriptedLightClient {
  cash = 0n;
  units = 0n;
  native = 0n;
  /** Reads wait for it, so that skeletons can be seen. */
  held: Promise<void> | undefined;
  /** Nobody answers. */
  away = false;
  admitted = true;
  reverts = false;
  /** What becomes of whatever is broadcast. */
  fate: 'success' | 'reverted' | 'refused' | 'unreachable' | 'sequenced' | 'pending' = 'success';
  broadcasts: Hex[] = [];
  logs: ProvenLog[] = [];

  override async read<Q extends Query>(query: Q): Promise<Proven<Answers[Q['kind']]>> {
    await this.held;
    if (this.away) throw new HskError('TRANSPORT_UNREACHABLE', 'No endpoint answers');
    return (await this.#answer(query)) as Proven<Answers[Q['kind']]>;
  }

  async #answer(query: Query): Promise<Proven<unknown>> {
    switch (query.kind) {
      case 'account': {
        const used = this.fate === 'success' ? this.broadcasts.length : 0;
        return proven({ balance: this.native, nonce: BigInt(used), codeHash: '0x', storageRoot: '0x' });
      }
      case 'storage':
        return proven(
          query.slots.map((slot, at) => this.#word(query.address, slot, at)),
          'anchored',
          110n,
        );
      case 'receipt':
        return this.#receipt(query.transactionHash);
      case 'logs':
        return proven(
          this.logs.filter(
            ({ address, topics, blockNumber }) =>
              address === query.address &&
              blockNumber >= query.fromBlock &&
              blockNumber <= query.toBlock &&
              query.topics.every((topic, at) => topic === null || topics[at] === topic),
          ),
          'final',
          90n,
        );
      default:
        throw new HskError('UNPROVEN_METHOD', 'The elements do not ask this');
    }
  }

  #word(address: Address, slot: Hex, at: number): bigint {
    const { stablecoin, identityRegistry } = profile.execution.contracts;
    const year = BigInt(Math.floor(Date.now() / 1000) + 31_536_000);
    if (address === stablecoin)
      return slot === mappingSlot(hongKongDollarSlots.balances, OWNER) ? this.cash : 0n;
    if (address === product.token)
      return slot === mappingSlot(fundTokenSlots.balances, OWNER) ? this.units : 0n;
    if (address !== identityRegistry) return 0n;
    // The record (holder, expiry, epoch), and the policy's epoch.
    return at === 1 ? 1n : this.admitted ? (1n << 200n) | (year << 160n) | 1n : 0n;
  }

  #receipt(transactionHash: Hex): Proven<ProvenReceipt> {
    const known = this.broadcasts.some((raw) => keccak256(raw) === transactionHash);
    if (!known || this.fate === 'pending')
      throw new HskError('RECEIPT_PENDING', 'The receipt is not there yet');
    const status = this.fate === 'reverted' ? 'reverted' : 'success';
    const receipt = { transactionHash, transactionIndex: 0, status, gasUsed: 21_000n, logs: [] };
    const rung = this.fate === 'sequenced' ? 'sequenced' : 'attested';
    return proven(receipt as unknown as ProvenReceipt, rung, 121n);
  }

  async header(number: bigint): Promise<Header> {
    return {
      parentHash: EMPTY_TRIE_ROOT,
      sha3Uncles: EMPTY_UNCLES_HASH,
      miner: OWNER,
      stateRoot: EMPTY_TRIE_ROOT,
      transactionsRoot: EMPTY_TRIE_ROOT,
      receiptsRoot: EMPTY_TRIE_ROOT,
      logsBloom: `0x${'00'.repeat(256)}`,
      difficulty: 0n,
      number,
      gasLimit: 30_000_000n,
      gasUsed: 0n,
      timestamp: block(number, 4 + 2 * Number(120n - number)).timestamp,
      extraData: '0x',
      mixHash: EMPTY_TRIE_ROOT,
      nonce: '0x0000000000000000',
      baseFeePerGas: 1_000_000_000n,
    };
  }

  async requestUnverified({ method }: { method: string }) {
    return { unverified: true as const, value: method === 'eth_estimateGas' ? '0x5208' : '0x3b9aca00' };
  }

  async request({
    method,
    params,
  }: {
    method: string;
    params?: readonly unknown[] | undefined;
  }): Promise<unknown> {
    if (method === 'eth_estimateGas' && this.reverts)
      throw new HskError('CALL_REVERTED', 'execution reverted', { details: '0x' });
    if (method === 'eth_estimateGas') return '0x5208';
    if (this.fate === 'unreachable') throw new HskError('TRANSPORT_UNREACHABLE', 'No endpoint answers');
    if (this.fate === 'refused')
      throw new HskError('RPC_ERROR', 'The chain’s endpoint refused', { details: 'underpriced' });
    const [raw] = params as [Hex];
    this.broadcasts.push(raw);
    return keccak256(raw);
  }

  /** A proven movement of the stablecoin. */
  transfer(from: Address, to: Address, amount: bigint, blockNumber: bigint): void {
    this.logs.push({
      address: profile.execution.contracts.stablecoin,
      topics: [TRANSFER, pad(from).toLowerCase() as Hex, pad(to).toLowerCase() as Hex],
      data: encodeAbiParameters([{ type: 'uint256' }], [amount]),
      logIndex: 0,
      blockNumber,
      transactionHash: keccak256(encodeAbiParameters([{ type: 'uint256' }], [blockNumber])),
      transactionIndex: 0,
    });
  }
}

export interface WalletWorld {
  session: Session;
  chain: Chain;
  wallet: Wallet;
  vault: ConnectedVault;
  close(): void;
}

/** A session with the real vault in its worker, and a wallet over the test's chain. */
export async function openWalletWorld(): Promise<WalletWorld> {
  const chain = new Chain();
  const vault = connectVault();
  const wallet = new Wallet({ vault, lightClient: chain as never, profile, journal: memoryJournal() });
  const session = new Session({
    profile,
    lightClient: chain as never,
    vault,
    wallet,
    connectProver: () => Promise.reject(new HskError('PROVER_STOPPED', 'No prover in this test')),
    connectChecker: async () => connectChecker(),
  });
  await wallet.ready;
  await session.start();
  chain.tell(LIVE);
  return {
    session,
    chain,
    wallet,
    vault,
    close() {
      wallet.close();
      vault.terminate();
    },
  };
}

/** No vault of an earlier test. */
export async function forgetVault(): Promise<void> {
  for (const { name } of await indexedDB.databases())
    if (name?.startsWith('hsk-'))
      await new Promise((resolve) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = resolve;
        request.onblocked = resolve;
      });
}
