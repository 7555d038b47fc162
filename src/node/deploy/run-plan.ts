import {
  type Abi,
  type Address,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  parseGwei,
} from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { setTimeout } from 'node:timers/promises';
import type { Chain, FollowedChain } from '../chain/chain.ts';
import type { Call, Sender } from '../sender.ts';

/**
 * The deployer's transactions on one chain, in order. Addresses follow from the deployer and the position
 * in the list, so later steps can name contracts that earlier ones create.
 */
export class Plan {
  readonly deployer: Address;
  readonly calls: Call[] = [];

  constructor(deployer: Address) {
    this.deployer = deployer;
  }

  create(abi: Abi, bytecode: Hex, args: readonly unknown[] = []): Address {
    return this.createFrom(encodeDeployData({ abi, bytecode, args }));
  }

  /** @param data Code that returns the contract's. */
  createFrom(data: Hex): Address {
    const address = getContractAddress({ from: this.deployer, nonce: BigInt(this.calls.length) });
    // 200 gas a byte to keep the code, at most 16 to send it, and the constructor.
    this.calls.push({ data, gas: 1_000_000n + 240n * BigInt(data.length / 2) });
    return address;
  }

  call(to: Address, abi: Abi, functionName: string, args: readonly unknown[], gas = 500_000n): void {
    this.calls.push({ to, data: encodeFunctionData({ abi, functionName, args }), gas });
  }
}

const WAIT_MS = 200;

/** Far above what either chain asks; fixed, so that a plan signed again is the same bytes. Wei per gas. */
const PLAN_FEE = parseGwei('100');

/**
 * Sends the plan and waits until all of it is in blocks. Sent again after a crash it is the same
 * transactions, whose receipts tell what came of each.
 *
 * @throws `TRANSACTION_REVERTED`, `DEPLOY_OTHER_PLAN` when the deployer sent something else before
 */
export async function runPlan(chain: FollowedChain, sender: Sender, plan: Plan): Promise<void> {
  const sent = await sender.sendAll(fixed(plan.calls)).catch((cause: unknown) => {
    if (!/nonce too low/i.test(String(cause))) throw cause;
    throw new HskError('DEPLOY_OTHER_PLAN', 'This data directory was deployed by another version', {
      details: `chain ${chain.chainId}`,
      action: 'Start that version, or use a new --data directory.',
      cause,
    });
  });
  const { client, address } = sender;
  // A chain of this process is hurried; another takes its time.
  const next = 'produce' in chain ? () => (chain as Chain).produce() : () => setTimeout(WAIT_MS);
  while ((await client.getTransactionCount({ address })) < plan.calls.length) await next();
  for (const { hash } of sent) await sender.confirm(hash);
}

/** Calls from the account's first nonce on, so that signing them again gives the same bytes. */
export function fixed(calls: readonly Call[]): Call[] {
  return calls.map((call, nonce) => ({ ...call, nonce, maxFeePerGas: PLAN_FEE }));
}
