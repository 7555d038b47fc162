import { type Address, encodeFunctionData, getAddress } from 'viem';
import { lockboxAbi } from '../../contracts/abi/Lockbox.ts';
import { vaultAbi } from '../../contracts/abi/Vault.ts';
import { counted, type PartState } from '../ops/part-state.ts';
import { Sender } from '../sender.ts';
import type { ServiceContext } from '../service-context.ts';

const RETRY_MS = 2000;
/** Mainchain blocks asked for at once. */
const SPAN = 5000n;
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
  readonly #stop: () => void;
  #readTo = 0n;
  #relayed = 0n;
  /** Why deposits wait, if they do. */
  #failure: string | undefined;
  #working: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#sender = new Sender(context.executionClient, context.accounts.relayer);
    // QBFT blocks are final once sealed, so the newest one may be acted on.
    this.#stop = context.mainchain.onBlock(() => this.#wake());
    this.#wake();
  }

  /** How far deposits were followed. */
  state(): PartState {
    return {
      ok: this.#failure === undefined,
      words: this.#failure ?? `deposits relayed up to number ${counted(this.#relayed)}`,
      figures: { relayed_deposit: Number(this.#relayed) },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    clearTimeout(this.#retry);
    await this.#working;
  }

  #wake(): void {
    if (this.#closed || this.#working) return;
    clearTimeout(this.#retry);
    this.#working = this.#follow()
      .then(() => {
        this.#failure = undefined;
      })
      .catch((error: unknown) => {
        if (this.#closed) return;
        this.#failure = error instanceof Error ? error.message : String(error);
        this.#context.report(`bridge: ${this.#failure}`, 'warn');
        this.#retry = setTimeout(() => this.#wake(), RETRY_MS);
      })
      .finally(() => {
        this.#working = undefined;
      });
  }

  async #follow(): Promise<void> {
    const head = this.#context.mainchain.head().header.number;
    while (this.#readTo < head && !this.#closed) {
      const toBlock = this.#readTo + SPAN < head ? this.#readTo + SPAN : head;
      for (const deposit of await this.#deposits(this.#readTo + 1n, toBlock)) {
        await this.#relay(deposit);
        this.#relayed = deposit.id;
      }
      this.#readTo = toBlock;
    }
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
    await this.#sender.execute({
      to: lockbox,
      data: encodeFunctionData({
        abi: lockboxAbi,
        functionName: 'relayDeposit',
        args: [id, asset, to, amount],
      }),
      gas: RELAY_GAS,
    });
    this.#context.report(`bridge: deposit ${id} of ${amount} relayed to ${to}`);
  }
}
