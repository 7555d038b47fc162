/* oxlint-disable no-underscore-dangle -- the names of ethereumjs */
import { type Common, Hardfork } from '@ethereumjs/common';
import { createEVM, EVMError } from '@ethereumjs/evm';
import { HskError } from '../../protocol/errors.ts';

/** What this file touches of ethereumjs' interpreter, version 10.1: it exports no type for it. */
interface RunState {
  programCounter: number;
  opCode: number;
  code: Uint8Array;
  gasLeft: bigint;
  gasRefund: bigint;
  stateGasSpilled: bigint;
  memoryWordCount: bigint;
  highestMemCost: bigint;
  validJumps: Uint8Array;
  cachedPushes: Record<number, bigint>;
  shouldDoJumpAnalysis: boolean;
  stack: { peek(count?: number): bigint[] };
  interpreter: Interpreter;
}

interface Opcode {
  opcodeInfo: { code: number; feeBigInt: bigint; isAsync: boolean; dynamicGas: boolean; isInvalid: boolean };
  opHandler(state: RunState, common: Common): void;
}

interface Analysis {
  jumps: Uint8Array;
  pushes: Record<number, bigint>;
  opcodesCached: Opcode[];
}

interface Result {
  /** All that the EVM reads of it when the call is over; the rest is not kept alive. */
  runState: Pick<RunState, 'gasLeft' | 'gasRefund' | 'stateGasSpilled'>;
  exceptionError?: EVMError;
}

interface Interpreter {
  common: Common;
  profilerOpts?: { enabled: boolean };
  _evm: { DEBUG: boolean; events: { listenerCount(event: string): number } };
  _runState: RunState;
  isStatic(): boolean;
  getReturnDataSize(): bigint;
  run(code: Uint8Array, options?: { pc?: number }): Promise<Result>;
  runStep(opcode: Opcode): Promise<void>;
  _getValidJumpDestinations(code: Uint8Array): Analysis;
}

/** The fork whose gas rules are repeated below. */
const RULES = Hardfork.Prague;

let accelerated: Promise<void> | undefined;

/**
 * Makes the interpreter of this process run faster without a change to what it computes: bytecode is
 * analysed once and not at every call, and an opcode that waits for nothing is not awaited. Handlers and
 * fees stay those of ethereumjs. Steps that somebody listens to take the library's own way.
 */
export function accelerateInterpreter(common: Common): Promise<void> {
  return (accelerated ??= replaceLoop(common));
}

async function replaceLoop(common: Common): Promise<void> {
  const evm = await createEVM({ common });
  const { runState } = await evm.runCode({ code: Uint8Array.of(0), gasLimit: 1n });
  const prototype = Object.getPrototypeOf(runState?.interpreter) as Interpreter;
  if (typeof prototype?.run !== 'function' || typeof prototype._getValidJumpDestinations !== 'function')
    throw new HskError('CHAIN_ENGINE_UNKNOWN', 'The EVM library is not the version this node was made with', {
      action: 'Install the dependencies with `npm ci`.',
    });
  const original = prototype.run;
  const analyse = prototype._getValidJumpDestinations;
  const analyses = new WeakMap<Uint8Array, Analysis>();
  prototype.run = function run(this: Interpreter, code, options = {}) {
    const watched = this._evm.events.listenerCount('step') > 0 || this._evm.DEBUG;
    if (watched || this.profilerOpts?.enabled || options.pc || this.common.hardfork() !== RULES)
      return original.call(this, code, options);
    let analysis = analyses.get(code);
    if (!analysis) analyses.set(code, (analysis = analyse.call(this, code)));
    return loop(this, code, analysis);
  };
}

async function loop(interpreter: Interpreter, code: Uint8Array, analysis: Analysis): Promise<Result> {
  const { common, _runState: state } = interpreter;
  const { opcodesCached } = analysis;
  state.code = code;
  state.validJumps = analysis.jumps;
  state.cachedPushes = analysis.pushes;
  state.shouldDoJumpAnalysis = false;
  try {
    while (state.programCounter < code.length) {
      const opcode = opcodesCached[state.programCounter]!;
      const info = opcode.opcodeInfo;
      state.opCode = info.code;
      const gasOf = info.dynamicGas ? SYNCHRONOUS_GAS[info.code] : CONSTANT_GAS;
      if (info.isAsync || !gasOf) {
        await interpreter.runStep(opcode);
        continue;
      }
      const gas = gasOf(state, info.feeBigInt, common);
      if (info.isInvalid) throw new EVMError(EVMError.errorMessages.INVALID_OPCODE);
      state.gasLeft -= gas;
      if (state.gasLeft < 0n) {
        state.gasLeft = 0n;
        throw new EVMError(EVMError.errorMessages.OUT_OF_GAS);
      }
      state.programCounter++;
      opcode.opHandler(state, common);
    }
  } catch (error) {
    if (!(error instanceof EVMError)) throw error;
    // STOP and RETURN end a call this way, and are no exception.
    if (error.error !== EVMError.errorMessages.STOP)
      return { runState: outcome(state), exceptionError: error };
  }
  return { runState: outcome(state) };
}

function outcome({ gasLeft, gasRefund, stateGasSpilled }: RunState): Result['runState'] {
  return { gasLeft, gasRefund, stateGasSpilled };
}

type GasOf = (state: RunState, fee: bigint, common: Common) => bigint;

const CONSTANT_GAS: GasOf = (_state, fee) => fee;

const words = (length: bigint) => (length + 31n) / 32n;

/** Yellow paper (326) and (225): three gas a word and the square over 512, for what memory grows by. */
function growth(state: RunState, offset: bigint, length: bigint): bigint {
  if (length === 0n) return 0n;
  const count = words(offset + length);
  if (count <= state.memoryWordCount) return 0n;
  const cost = count * 3n + (count * count) / 512n;
  const grown = cost - state.highestMemCost;
  state.highestMemCost = cost;
  state.memoryWordCount = count;
  return grown;
}

/** KECCAK256, the copying opcodes: so much a word. */
const perWord = (length: bigint, price: bigint) => (length === 0n ? 0n : price * words(length));

const returning: GasOf = (state, fee) => {
  const [offset, length] = state.stack.peek(2) as [bigint, bigint];
  return fee + growth(state, offset, length);
};

const copying: GasOf = (state, fee) => {
  const [offset, , length] = state.stack.peek(3) as [bigint, bigint, bigint];
  return fee + growth(state, offset, length) + perWord(length, 3n);
};

const wordAccess: GasOf = (state, fee) => fee + growth(state, state.stack.peek()[0]!, 32n);

const logging: GasOf = (state, fee) => {
  if (state.interpreter.isStatic()) throw new EVMError(EVMError.errorMessages.STATIC_STATE_CHANGE);
  const [offset, length] = state.stack.peek(2) as [bigint, bigint];
  const topics = BigInt(state.opCode - 0xa0);
  return fee + growth(state, offset, length) + 375n * topics + 8n * length;
};

/** Fees that depend on the stack and on memory alone. Opcodes that are not here keep the library's handler. */
const SYNCHRONOUS_GAS: (GasOf | undefined)[] = [];
SYNCHRONOUS_GAS[0x20] = (state, fee) => {
  const [offset, length] = state.stack.peek(2) as [bigint, bigint];
  return fee + growth(state, offset, length) + perWord(length, 6n);
};
SYNCHRONOUS_GAS[0x37] = copying; // CALLDATACOPY
SYNCHRONOUS_GAS[0x39] = copying; // CODECOPY
SYNCHRONOUS_GAS[0x3e] = (state, fee, common) => {
  const [, offset, length] = state.stack.peek(3) as [bigint, bigint, bigint];
  // EIP-211: reading past the end of the return data fails.
  if (offset + length > state.interpreter.getReturnDataSize())
    throw new EVMError(EVMError.errorMessages.OUT_OF_GAS);
  return copying(state, fee, common);
};
SYNCHRONOUS_GAS[0x51] = wordAccess; // MLOAD
SYNCHRONOUS_GAS[0x52] = wordAccess; // MSTORE
for (let topics = 0; topics <= 4; topics++) SYNCHRONOUS_GAS[0xa0 + topics] = logging;
SYNCHRONOUS_GAS[0xf3] = returning;
SYNCHRONOUS_GAS[0xfd] = returning;
