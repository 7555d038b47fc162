import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { MemoryFile } from 'snarkjs';
import { HskError } from '../../src/protocol/errors.ts';

/** Tells how far it is. */
export type Say = (message: string) => void;

/** Beginnings of iden3's binary files. */
export type FileKind = 'r1cs' | 'ptau' | 'zkey';

const WHAT: Record<FileKind, string> = {
  r1cs: 'the constraints of a circuit (.r1cs)',
  ptau: 'powers of tau (.ptau)',
  zkey: 'a proving key (.zkey)',
};

/** @throws `CEREMONY_FILE` when the file is absent, or not what it should be */
export function readAs(kind: FileKind, file: string): Uint8Array {
  const refuse = (details: string) =>
    new HskError('CEREMONY_FILE', `This is not ${WHAT[kind]}`, {
      details,
      action: 'Look at the order of the arguments: npm run circuits -- help',
    });
  if (!existsSync(file)) throw refuse(`${file} does not exist`);
  const bytes = new Uint8Array(readFileSync(file));
  const magic = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  if (magic !== kind) throw refuse(`${file} begins with ${JSON.stringify(magic)}`);
  // A download that was cut off: the sections do not end where the file does.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 12;
  for (let left = bytes.length < 12 ? -1 : view.getUint32(8, true); left > 0; left--) {
    if (at + 12 > bytes.length) throw refuse(`${file} is cut off at byte ${bytes.length}`);
    at += 12 + Number(view.getBigUint64(at + 4, true));
  }
  if (at !== bytes.length) throw refuse(`${file} has ${bytes.length} bytes instead of ${at}`);
  return bytes;
}

/**
 * Lets snarkjs make a new file. What exists is never overwritten, and what was not finished is not there.
 *
 * @throws `CEREMONY_EXISTS`
 */
export async function writeNew<T>(file: string, make: (to: MemoryFile) => Promise<T>): Promise<T> {
  const refuse = () =>
    new HskError('CEREMONY_EXISTS', 'There is already a file of this name', {
      details: file,
      action: 'Name another one: what others signed must not be overwritten.',
    });
  if (existsSync(file)) throw refuse();
  const made: MemoryFile = { type: 'mem' };
  const result = await make(made);
  try {
    writeFileSync(file, made.data!, { flag: 'wx' });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? refuse() : error;
  }
  return result;
}

/** snarkjs's logger: keeps what it complains of, and passes on what it reports. */
export class Log {
  readonly complaints: string[] = [];
  readonly reports: string[] = [];

  debug(): void {}
  info(message: string): void {
    this.reports.push(message.replaceAll(/\s+/g, ' ').trim());
  }
  warn(message: string): void {
    this.complaints.push(message);
  }
  error(message: string): void {
    this.complaints.push(message);
  }
}
