import type { Block } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { createEVM, EVMError, type EVMResult } from '@ethereumjs/evm';
import { Account, bytesToHex, createAddressFromString, hexToBytes, unpadBytes } from '@ethereumjs/util';
import type { Address, Hex } from 'viem';
import { intrinsicGas, leastGas } from '../protocol/call-gas.ts';
import { HskError } from '../protocol/errors.ts';
import type { Header } from '../protocol/header.ts';
import { callFailure, failed } from './call-failure.ts';
import {
  type AccountOverride,
  type BlockOverrides,
  type CallMessage,
  type CallRequest,
  parseCallRequest,
} from './call-request.ts';
import type { EvmTask, ProvenSource } from './evm-api.ts';
import { ProvenState } from './proven-state.ts';
import { rulesOf } from './rules.ts';

/** Most gas of one call, whatever the block allows. */
const CALL_GAS = 100_000_000n;

/** See `EvmApi.run`. */
export async function runCall(task: EvmTask, source: ProvenSource): Promise<Hex> {
  const request = parseCallRequest(task.params);
  const state = new ProvenState(task.state, source);
  try {
    const execute = await executor(task, request, state, source);
    return task.method === 'eth_call'
      ? await call(task, request.message, execute)
      : `0x${(await estimate(task, request.message, state, execute)).toString(16)}`;
  } catch (error) {
    throw state.failure ?? error;
  }
}

/** Runs the message with so much gas; nothing of it stays. */
type Execute = (gas: bigint) => Promise<EVMResult>;

async function call(task: EvmTask, message: CallMessage, execute: Execute): Promise<Hex> {
  const gas = allowance(task.header, message);
  const { intrinsic } = intrinsicGas(message);
  if (gas < intrinsic) throw failed(`intrinsic gas too low: have ${gas}, want ${intrinsic}`);
  const result = await execute(gas);
  const failure = callFailure(result);
  if (failure) throw failure;
  return bytesToHex(result.execResult.returnValue);
}

async function estimate(
  task: EvmTask,
  message: CallMessage,
  state: ProvenState,
  execute: Execute,
): Promise<bigint> {
  let high = allowance(task.header, message);
  if (message.gasPrice > 0n) {
    const sender = await state.getAccount(createAddressFromString(message.from));
    const balance = sender?.balance ?? 0n;
    if (balance < message.value) throw failed('insufficient funds for transfer');
    const affordable = (balance - message.value) / message.gasPrice;
    if (affordable < high) high = affordable;
  }
  const { intrinsic, floor } = intrinsicGas(message);
  const beyond = () => failed(`gas required exceeds allowance (${high})`);
  if (high < (intrinsic > floor ? intrinsic : floor)) throw beyond();
  const first = await execute(high);
  if (first.execResult.exceptionError?.error === EVMError.errorMessages.OUT_OF_GAS) throw beyond();
  const failure = callFailure(first);
  if (failure) throw failure;
  return leastGas(
    message,
    high,
    first.execResult.executionGasUsed,
    async (gas) => !(await execute(gas)).execResult.exceptionError,
  );
}

function allowance({ gasLimit }: Header, { gas }: CallMessage): bigint {
  const most = gasLimit < CALL_GAS ? gasLimit : CALL_GAS;
  return gas && gas < most ? gas : most;
}

async function executor(
  { header, chainId }: EvmTask,
  { message, state: overrides, block: blockOverrides }: CallRequest,
  state: ProvenState,
  source: ProvenSource,
): Promise<Execute> {
  const common = rulesOf(header, chainId);
  const blockchain = {
    // BLOCKHASH asks for the last 256 alone; the EVM guards the range.
    getBlock: async (number: number) => {
      const hash = await source.blockHash(BigInt(number)).catch((error: unknown) => {
        throw (state.failure ??= error);
      });
      return { hash: () => hexToBytes(hash) };
    },
    putBlock: () => Promise.resolve(),
    shallowCopy: () => blockchain,
  };
  const evm = await createEVM({ common, stateManager: state, blockchain });
  const block = environment(common, header, message, blockOverrides, state);
  const caller = createAddressFromString(message.from);
  for (const entry of Object.entries(overrides))
    await override(state, ...(entry as [Address, AccountOverride]));
  return async (gas) => {
    // ethereumjs throws for a creation that its sender cannot pay, with a checkpoint left open.
    if (message.value > ((await state.getAccount(caller))?.balance ?? 0n)) return unpaid();
    const { journal } = evm;
    await journal.checkpoint();
    try {
      // EIP-2929, 2930, 3651: what is warm before the first opcode.
      const warm = [...evm.precompiles.keys(), message.from, block.header.coinbase.toString()];
      for (const name of message.to ? [...warm, message.to] : warm) journal.addAlwaysWarmAddress(name);
      for (const { address, storageKeys } of message.accessList) {
        journal.addAlwaysWarmAddress(address);
        for (const key of storageKeys) journal.addAlwaysWarmSlot(address, key);
      }
      const result = await evm.runCall({
        block,
        gasPrice: message.gasPrice,
        caller,
        ...(message.to && { to: createAddressFromString(message.to) }),
        value: message.value,
        data: hexToBytes(message.data),
        gasLimit: gas - intrinsicGas(message).intrinsic,
      });
      if (state.failure !== undefined) throw state.failure;
      return result;
    } finally {
      await journal.revert();
      journal.cleanJournal();
    }
  };
}

/** The object that ethereumjs reads a block's fields from. */
function environment(
  common: Common,
  header: Header,
  message: CallMessage,
  overrides: BlockOverrides,
  state: ProvenState,
): Block {
  const prevRandao = hexToBytes(overrides.prevRandao ?? header.mixHash);
  // A call that pays nothing for gas is below no base fee, as at geth.
  const baseFee = message.gasPrice === 0n ? 0n : (header.baseFeePerGas ?? 0n);
  const fields = {
    number: overrides.number ?? header.number,
    timestamp: overrides.time ?? header.timestamp,
    gasLimit: overrides.gasLimit ?? header.gasLimit,
    gasUsed: 0n,
    baseFeePerGas: overrides.baseFeePerGas ?? baseFee,
    coinbase: createAddressFromString(overrides.coinbase ?? header.miner),
    difficulty: header.difficulty,
    mixHash: prevRandao,
    prevRandao,
    getBlobGasPrice: () => {
      // EIP-4844: the least one. Its growth has changed too often to be told from a header.
      if (!header.excessBlobGas) return 1n;
      throw (state.failure ??= new HskError('EVM_RULES', 'The local EVM does not know the blob base fee'));
    },
  };
  return { common, header: fields } as unknown as Block;
}

/** Below every checkpoint: an override is the state that the call begins with. */
async function override(state: ProvenState, name: Address, given: AccountOverride): Promise<void> {
  const address = createAddressFromString(name);
  const account = (await state.getAccount(address)) ?? new Account();
  account.balance = given.balance ?? account.balance;
  account.nonce = given.nonce ?? account.nonce;
  await state.putAccount(address, account);
  if (given.code !== undefined) await state.putCode(address, hexToBytes(given.code));
  if (given.state) await state.clearStorage(address);
  for (const [slot, word] of Object.entries(given.state ?? given.stateDiff ?? {}))
    await state.putStorage(address, hexToBytes(slot as Hex), unpadBytes(hexToBytes(word)));
}

function unpaid(): EVMResult {
  const exceptionError = new EVMError(EVMError.errorMessages.INSUFFICIENT_BALANCE);
  return { execResult: { returnValue: new Uint8Array(), executionGasUsed: 0n, exceptionError } };
}
