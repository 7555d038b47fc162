import assert from 'node:assert/strict';
import { createBlock } from '@ethereumjs/block';
import { type Common, createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import { EVM, EVMMockBlockchain } from '@ethereumjs/evm';
import { getMerkleStateProof, MerkleStateManager } from '@ethereumjs/statemanager';
import { createFeeMarket1559Tx } from '@ethereumjs/tx';
import { Account, createAddressFromString } from '@ethereumjs/util';
import { runTx, VM } from '@ethereumjs/vm';
import {
  type Abi,
  type Address,
  bytesToHex,
  type ContractConstructorArgs,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  decodeErrorResult,
  decodeFunctionResult,
  encodeDeployData,
  type EncodeDeployDataParameters,
  encodeFunctionData,
  type EncodeFunctionDataParameters,
  getAddress,
  type Hex,
  hexToBytes,
  keccak256,
  parseEventLogs,
  stringToHex,
  trim,
} from 'viem';
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import { anchorRegistryAbi } from '../../src/contracts/abi/AnchorRegistry.ts';
import { dvPSettlementAbi } from '../../src/contracts/abi/DvPSettlement.ts';
import { fundTokenAbi } from '../../src/contracts/abi/FundToken.ts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { lockboxAbi } from '../../src/contracts/abi/Lockbox.ts';
import { mandateRegistryAbi } from '../../src/contracts/abi/MandateRegistry.ts';
import { mandateSettlementAbi } from '../../src/contracts/abi/MandateSettlement.ts';
import { vaultAbi } from '../../src/contracts/abi/Vault.ts';
import { pairingCurves } from '../../src/node/chain/precompiles.ts';

/** Errors of every contract: one often passes on another's. */
const EVERY_ERROR = [
  anchorRegistryAbi,
  dvPSettlementAbi,
  fundTokenAbi,
  hongKongDollarAbi,
  identityRegistryAbi,
  lockboxAbi,
  mandateRegistryAbi,
  mandateSettlementAbi,
  vaultAbi,
]
  .flat()
  .filter((entry) => entry.type === 'error') as Abi;

/** A transaction that was refused by the contract. */
export class Reverted extends Error {
  readonly errorName: string;
  readonly args: readonly unknown[];
  readonly data: Hex;
  constructor(data: Hex, abi: Abi) {
    let name = `unknown error ${data}`;
    let args: readonly unknown[] = [];
    try {
      const decoded = decodeErrorResult({ abi: [...abi, ...EVERY_ERROR], data });
      name = decoded.errorName;
      args = (decoded.args ?? []) as readonly unknown[];
    } catch {
      // Left as bytes.
    }
    super(`${name}(${args.map(String).join(', ')})`);
    this.errorName = name;
    this.args = args;
    this.data = data;
  }
}

/** Asserts that a contract refuses with the named error, or one of several; returns the error's arguments. */
export async function refused(
  promise: Promise<unknown>,
  errorName: string | readonly string[],
): Promise<readonly unknown[]> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof Reverted)) throw error;
    assert.ok([errorName].flat().includes(error.errorName), `${error.message} instead of ${errorName}`);
    return error.args;
  }
  assert.fail(`expected ${errorName}`);
}

/** A deterministic account. */
export function account(name: string): PrivateKeyAccount {
  const secret = keccak256(stringToHex(name));
  const made = privateKeyToAccount(secret);
  secrets.set(made.address, secret);
  return made;
}

const secrets = new Map<Address, Hex>();

export interface Sent {
  /** Gas of the whole transaction. */
  gas: bigint;
  logs: { address: Address; topics: [Hex, ...Hex[]]; data: Hex }[];
  result: Hex;
}

/** Where a contract stands and how it is spoken to. */
export interface Contract<abi extends Abi> {
  address: Address;
  abi: abi;
}

export interface Snapshot {
  root: Hex;
  number: bigint;
}

const GAS_LIMIT = 30_000_000n;
const START = 1_790_000_000n;

/** Prague in memory: real transactions, one per block, a clock that the test turns. */
export class TestChain {
  readonly chainId: number;
  readonly #vm: VM;
  readonly #state: MerkleStateManager;
  readonly #common: Common;
  #number = 1n;
  /** Seconds since 1970 of the next block. */
  timestamp = START;

  private constructor(chainId: number, vm: VM, state: MerkleStateManager, common: Common) {
    this.chainId = chainId;
    this.#vm = vm;
    this.#state = state;
    this.#common = common;
  }

  static async open(chainId: number): Promise<TestChain> {
    const common = createCustomCommon({ chainId, name: `test-${chainId}` }, Mainnet, {
      hardfork: Hardfork.Prague,
    });
    const state = new MerkleStateManager({ common });
    const blockchain = new EVMMockBlockchain();
    const evm = new EVM({ common, stateManager: state, blockchain, ...pairingCurves() });
    return new TestChain(chainId, new VM({ common, stateManager: state, blockchain, evm }), state, common);
  }

  /** The last block's number. */
  get blockNumber(): bigint {
    return this.#number;
  }

  /** Puts code and storage in place, as a genesis block does. */
  async place(address: Address, code: Hex, storage: Record<string, Hex>): Promise<void> {
    const at = createAddressFromString(address);
    await this.#state.checkpoint();
    await this.#state.putAccount(at, new Account(1n, 0n));
    await this.#state.putCode(at, hexToBytes(code));
    for (const [slot, value] of Object.entries(storage))
      await this.#state.putStorage(at, hexToBytes(slot as Hex), hexToBytes(value));
    await this.#state.commit();
  }

  /** Writes one word of storage past the contract, in a block of its own. */
  async write(address: Address, slot: Hex, value: Hex): Promise<void> {
    this.#number++;
    this.timestamp += 2n;
    await this.#state.checkpoint();
    await this.#state.putStorage(createAddressFromString(address), hexToBytes(slot), hexToBytes(trim(value)));
    await this.#state.commit();
  }

  async deploy<const abi extends Abi>(
    abi: abi,
    bytecode: Hex,
    args: ContractConstructorArgs<abi>,
    from: PrivateKeyAccount = account('deployer'),
  ): Promise<Contract<abi>> {
    const data = encodeDeployData({ abi, bytecode, args } as unknown as EncodeDeployDataParameters);
    const { createdAddress } = await this.#run(from, undefined, data, abi);
    return { address: createdAddress!, abi };
  }

  /** Sends a transaction. @throws `Reverted` */
  async send<const abi extends Abi, name extends ContractFunctionName<abi, 'nonpayable' | 'payable'>>(
    from: PrivateKeyAccount,
    contract: Contract<abi>,
    functionName: name,
    args: ContractFunctionArgs<abi, 'nonpayable' | 'payable', name>,
  ): Promise<Sent> {
    const { abi, address } = contract;
    const data = encodeFunctionData({ abi, functionName, args } as unknown as EncodeFunctionDataParameters);
    return this.#run(from, address, data, abi);
  }

  /** Reads without a trace. @throws `Reverted` */
  async read<const abi extends Abi, name extends ContractFunctionName<abi, 'pure' | 'view'>>(
    { abi, address }: Contract<abi>,
    functionName: name,
    args: ContractFunctionArgs<abi, 'pure' | 'view', name>,
    from: Address = account('reader').address,
  ): Promise<ContractFunctionReturnType<abi, 'pure' | 'view', name>> {
    const data = encodeFunctionData({ abi, functionName, args } as unknown as EncodeFunctionDataParameters);
    const result = await this.call(address, data, from, abi);
    return decodeFunctionResult({
      abi: abi as Abi,
      functionName: functionName as string,
      data: result,
    }) as never;
  }

  async call(to: Address | undefined, data: Hex, from: Address, abi: Abi = []): Promise<Hex> {
    await this.#vm.evm.journal.checkpoint();
    try {
      const { execResult } = await this.#vm.evm.runCall({
        block: this.#block(),
        caller: createAddressFromString(from),
        ...(to && { to: createAddressFromString(to) }),
        data: hexToBytes(data),
        gasLimit: GAS_LIMIT,
      });
      const value = bytesToHex(execResult.returnValue);
      if (execResult.exceptionError) throw new Reverted(value, abi);
      return value;
    } finally {
      await this.#vm.evm.journal.revert();
      this.#vm.evm.journal.cleanJournal();
    }
  }

  /** EIP-1186 under the state after the last block, or under an earlier state root. */
  async proof(address: Address, slots: readonly Hex[], root?: Hex): ReturnType<typeof getMerkleStateProof> {
    const state = root === undefined ? this.#state : this.#state.shallowCopy();
    if (root !== undefined) await state.setStateRoot(hexToBytes(root));
    return getMerkleStateProof(
      state,
      createAddressFromString(address),
      slots.map((slot) => hexToBytes(slot)),
    );
  }

  async stateRoot(): Promise<Hex> {
    return bytesToHex(await this.#state.getStateRoot());
  }

  /** Where the chain stands, to `revert` to. */
  async snapshot(): Promise<Snapshot> {
    return { root: await this.stateRoot(), number: this.#number };
  }

  /** Undoes the blocks since, as a reorganisation does; the clock goes on. */
  async revert({ root, number }: Snapshot): Promise<void> {
    await this.#state.setStateRoot(hexToBytes(root));
    this.#number = number;
  }

  #block() {
    return createBlock(
      {
        header: {
          number: this.#number,
          timestamp: this.timestamp,
          gasLimit: GAS_LIMIT,
          baseFeePerGas: 0n,
        },
      },
      { common: this.#common, skipConsensusFormatValidation: true },
    );
  }

  async #run(
    from: PrivateKeyAccount,
    to: Address | undefined,
    data: Hex,
    abi: Abi,
  ): Promise<Sent & { createdAddress: Address | undefined }> {
    this.#number++;
    this.timestamp += 2n;
    const nonce = (await this.#state.getAccount(createAddressFromString(from.address)))?.nonce ?? 0n;
    const unsigned = createFeeMarket1559Tx(
      { chainId: BigInt(this.chainId), nonce, gasLimit: GAS_LIMIT, data, ...(to && { to }) },
      { common: this.#common },
    );
    const key = secrets.get(from.address) ?? assert.fail(`no key of ${from.address}`);
    const result = await runTx(this.#vm, {
      block: this.#block(),
      tx: unsigned.sign(hexToBytes(key)),
      skipBalance: true,
    });
    const output = bytesToHex(result.execResult.returnValue);
    if (result.execResult.exceptionError) {
      if (output === '0x') throw new Error(result.execResult.exceptionError.error);
      throw new Reverted(output, abi);
    }
    return {
      gas: result.totalGasSpent,
      createdAddress: result.createdAddress && getAddress(result.createdAddress.toString()),
      result: output,
      logs: (result.execResult.logs ?? []).map(([address, topics, logData]) => ({
        address: bytesToHex(address),
        topics: topics.map((topic) => bytesToHex(topic)) as [Hex, ...Hex[]],
        data: bytesToHex(logData),
      })),
    };
  }
}

/** The only event of a name in a transaction, decoded. */
export function event(sent: Sent, abi: Abi, eventName: string): Record<string, unknown> {
  const found = parseEventLogs({ abi, eventName, logs: sent.logs as never }) as unknown as {
    args: Record<string, unknown>;
  }[];
  assert.equal(found.length, 1, `${eventName} expected once`);
  return found[0]!.args;
}
