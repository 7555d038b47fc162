import {
  type Address,
  type Hex,
  keccak256,
  parseGwei,
  type PrivateKeyAccount,
  type TransactionReceipt,
} from 'viem';
import { HskError } from '../protocol/errors.ts';
import type { ChainClient } from './chain-client.ts';

export interface Call {
  /** Absent: the data creates a contract. */
  to?: Address | undefined;
  data?: Hex | undefined;
  /** Wei. */
  value?: bigint | undefined;
  /** Absent: estimated, which also refuses a call that would revert. */
  gas?: bigint | undefined;
  /** Absent: the next one free. */
  nonce?: number | undefined;
  /** Wei per gas; absent: twice the present price. With gas, nonce and this given, signing gives the same bytes again. */
  maxFeePerGas?: bigint | undefined;
}

export interface SignedCall {
  raw: Hex;
  hash: Hex;
}

/** Sends one account's transactions to one chain, in the order asked for. */
export class Sender {
  readonly client: ChainClient;
  readonly account: PrivateKeyAccount;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: ChainClient, account: PrivateKeyAccount) {
    this.client = client;
    this.account = account;
  }

  get address(): Address {
    return this.account.address;
  }

  /**
   * Signs calls with consecutive nonces and hands them to `keep` before they leave: a service that stores
   * them there can send the very same bytes again after a crash.
   */
  sendAll(
    calls: readonly Call[],
    keep: (signed: SignedCall[]) => Promise<void> | void = () => undefined,
  ): Promise<SignedCall[]> {
    const turn = this.#last.then(async () => {
      const signed = await this.#sign(calls);
      await keep(signed);
      for (const { raw } of signed) await this.broadcast(raw);
      return signed;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async send(call: Call): Promise<Hex> {
    const [signed] = await this.sendAll([call]);
    return signed!.hash;
  }

  /** @throws `TRANSACTION_REVERTED` */
  async execute(call: Call): Promise<TransactionReceipt> {
    return this.confirm(await this.send(call));
  }

  /** @throws `TRANSACTION_REVERTED` */
  async confirm(hash: Hex): Promise<TransactionReceipt> {
    const receipt = await this.client.waitForTransactionReceipt({ hash, timeout: 60_000 });
    if (receipt.status === 'reverted')
      throw new HskError('TRANSACTION_REVERTED', 'A transaction of the node was reverted', {
        details: `${hash} to ${receipt.to ?? receipt.contractAddress ?? '?'}, chain ${this.client.chain.id}`,
      });
    return receipt;
  }

  /** The same bytes may be sent any number of times. */
  async broadcast(raw: Hex): Promise<void> {
    try {
      await this.client.sendRawTransaction({ serializedTransaction: raw });
    } catch (error) {
      const words = String(error);
      if (/already known/i.test(words)) return;
      // It is in a block already: then its receipt says what came of it.
      if (/nonce too low/i.test(words) && (await this.#isMined(keccak256(raw)))) return;
      throw error;
    }
  }

  async #isMined(hash: Hex): Promise<boolean> {
    return this.client.getTransactionReceipt({ hash }).then(
      () => true,
      () => false,
    );
  }

  async #sign(calls: readonly Call[]): Promise<SignedCall[]> {
    const { client, account } = this;
    const price = await client.getGasPrice();
    let nonce = await client.getTransactionCount({ address: account.address, blockTag: 'pending' });
    const signed: SignedCall[] = [];
    for (const call of calls) {
      const { to, data, value } = call;
      const gas =
        call.gas ?? ((await client.estimateGas({ account: account.address, to, data, value })) * 12n) / 10n;
      const raw = await account.signTransaction({
        type: 'eip1559',
        chainId: client.chain.id,
        nonce: call.nonce ?? nonce,
        to,
        data,
        value,
        gas,
        maxPriorityFeePerGas: parseGwei('1'),
        maxFeePerGas: call.maxFeePerGas ?? price * 2n + parseGwei('1'),
      });
      nonce = (call.nonce ?? nonce) + 1;
      signed.push({ raw, hash: keccak256(raw) });
    }
    return signed;
  }
}
