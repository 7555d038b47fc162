import { HskError } from '../../protocol/errors.ts';

/** The signals of a circuit by name; decimal strings, nested as the signal's dimensions are. */
export type CircuitInput = Record<string, string | string[] | string[][]>;

/** What a circom 2 witness program exports. */
interface Program {
  memory: WebAssembly.Memory;
  init(sanityCheck: number): void;
  getWitnessSize(): number;
  getInputSize(): number;
  getInputSignalSize(nameHigh: number, nameLow: number): number;
  setInputSignal(nameHigh: number, nameLow: number, index: number): void;
  getWitness(wire: number): void;
  getFieldNumLen32(): number;
  /** Through which values pass, 32 bytes little-endian. */
  getSharedRWMemoryStart(): number;
  getMessageChar(): number;
}

/** What its exception codes mean; the program has no words for them. */
const EXCEPTIONS: Record<number, string> = {
  1: 'a signal that does not exist',
  2: 'too many signals',
  3: 'a signal set twice',
  4: 'an assertion',
  5: 'not enough memory',
  6: 'too many values of a signal',
};

/** FNV-1a, 64 bits: by it the program knows a signal's name. */
function nameHash(name: string): [high: number, low: number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}

/** Calculates witnesses by the program that circom compiled. */
export class WitnessProgram {
  readonly #module: WebAssembly.Module;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /**
   * All wires, 32 bytes each, little-endian. Each call has an instance of its own: nothing of a witness stays
   * in a program's memory, and a refusal leaves none half done.
   *
   * @throws `PROVER_WITNESS` when no witness satisfies the circuit
   */
  async calculate(input: CircuitInput): Promise<Uint8Array> {
    let words = '';
    const { exports } = await WebAssembly.instantiate(this.#module, {
      runtime: {
        exceptionHandler(code: number) {
          throw new Refusal(EXCEPTIONS[code] ?? `exception ${code}`);
        },
        // circom names the template and the line; values are not in its words.
        printErrorMessage: () => void (words += `${message(program)} `),
        writeBufferMessage: () => void message(program),
        showSharedRWMemory: () => undefined,
      },
    });
    const program = exports as unknown as Program;
    try {
      return run(program, input);
    } catch (cause) {
      throw new HskError('PROVER_WITNESS', 'The circuit refuses this credential', {
        details: (words.trim() || String(cause)).split('\n')[0]!,
        cause,
      });
    }
  }
}

/** The program stopped. */
class Refusal extends Error {}

function run(program: Program, input: CircuitInput): Uint8Array {
  // 1: check the assertions.
  program.init(1);
  const shared = program.getSharedRWMemoryStart();
  const size = 4 * program.getFieldNumLen32();
  let given = 0;
  for (const [name, value] of Object.entries(input)) {
    const [high, low] = nameHash(name);
    const values = [value].flat(2);
    if (program.getInputSignalSize(high, low) !== values.length)
      throw new Refusal(`${values.length} values of ${name}`);
    for (const [index, text] of values.entries()) {
      const view = new DataView(program.memory.buffer, shared, size);
      for (let at = 0, rest = BigInt(text); at < size; at += 8, rest >>= 64n)
        view.setBigUint64(at, BigInt.asUintN(64, rest), true);
      program.setInputSignal(high, low, index);
      given++;
    }
  }
  if (given !== program.getInputSize()) throw new Refusal(`${given} of ${program.getInputSize()} inputs`);
  const wires = program.getWitnessSize();
  const witness = new Uint8Array(size * wires);
  const source = new Uint8Array(program.memory.buffer, shared, size);
  for (let wire = 0; wire < wires; wire++) {
    program.getWitness(wire);
    witness.set(source, size * wire);
  }
  return witness;
}

function message(program: Program): string {
  let text = '';
  for (let code = program.getMessageChar(); code !== 0; code = program.getMessageChar())
    text += String.fromCharCode(code);
  return text;
}
