import { type Address, encodeFunctionData, getAddress } from 'viem';
import { lockboxAbi } from '../../contracts/abi/Lockbox.ts';
import { vaultAbi } from '../../contracts/abi/Vault.ts';
import { HskError } from '../../protocol/errors.ts';
import { counted, type PartState } from '../ops/part-state.ts';
import { Sender } from '../sender.ts';
import type { ServiceContext } from '../service-context.ts';
import { BlockFollower } from './block-follower.ts';

const RELAY_GAS = 300_000n;

/** One deposit as the Vault announced it. */
interface Deposit {
  id: bigint;
  asset: Address;
  to: Address;
  amount: bigint;
}

/**
 * Mints on the execution chain what was deposited in the Vault. The Lockbox takes each deposit id once, and
 * says which it has taken: so nothing is kept here, and a restart can neither lose nor double a deposit.
 */
export class Relayer {
  readonly #context: ServiceContext;
  readonly #sender: Sender;
  readonly #follower: BlockFollower;
  #relayed = 0n;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#sender = new Sender(context.executionClient, context.accounts.relayer);
    this.#follower = new BlockFollower({
      chain: context.mainchain,
      handle: async (fromBlock, toBlock) => {
        for (const deposit of await this.#deposits(fromBlock, toBlock)) {
          await this.#relay(deposit);
          this.#relayed = deposit.id;
        }
      },
      report: (message) => context.report(`bridge: ${message}`, 'warn'),
    });
  }

  /** How far deposits were followed. */
  state(): PartState {
    const { failure } = this.#follower;
    return {
      ok: failure === undefined,
      words: failure ?? `deposits relayed up to number ${counted(this.#relayed)}`,
      figures: { relayed_deposit: Number(this.#relayed) },
    };
  }

  close(): Promise<void> {
    return this.#follower.close();
  }

  async #deposits(fromBlock: bigint, toBlock: bigint): Promise<Deposit[]> {
    const logs = await this.#context.mainchainClient.getContractEvents({
      address: this.#context.profile.mainchain.contracts.vault,
      abi: vaultAbi,
      eventName: 'Deposited',
      fromBlock,
      toBlock,
      strict: true,
    });
    return logs.map(({ args: { id, asset, to, amount } }) => ({ id, asset: getAddress(asset), to, amount }));
  }

  async #relay({ id, asset, to, amount }: Deposit): Promise<void> {
    const { lockbox } = this.#context.profile.execution.contracts;
    const relayed = await this.#context.executionClient.readContract({
      address: lockbox,
      abi: lockboxAbi,
      functionName: 'relayed',
      args: [id],
    });
    if (relayed) return;
    try {
      await this.#sender.execute({
        to: lockbox,
        data: encodeFunctionData({
          abi: lockboxAbi,
          functionName: 'relayDeposit',
          args: [id, asset, to, amount],
        }),
        gas: RELAY_GAS,
      });
    } catch (error) {
      if (!(error instanceof HskError) || error.code !== 'TRANSACTION_REVERTED') throw error;
      // One that the chain refuses, a token that its recipient may not hold, must not hold up the others.
      this.#context.report(`bridge: deposit ${id} is refused by the chain; tried again at the next start`);
      return;
    }
    this.#context.report(`bridge: deposit ${id} of ${amount} relayed to ${to}`);
  }
}
