import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  write,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { HskError } from '../../protocol/errors.ts';
import { writeFailed } from './write-failed.ts';

const syncData = promisify(fdatasync);
const writeAt = promisify(write);

/** `[length u32 BE][crc32 u32 BE][payload]`; the checksum covers length and payload. */
const FRAME_HEADER = 8;
/** A frame that claims to be longer is damage, not data. */
const MAX_PAYLOAD = 1 << 28;
const SCAN_CHUNK = 1 << 20;

/** Sees one good frame: its payload, where it begins and where it ends. */
type Visitor = (payload: Uint8Array, offset: number, end: number) => void;

export interface FramePosition {
  offset: number;
  end: number;
}

interface Waiting {
  frame: Buffer;
  offset: number;
  resolve: (position: FramePosition) => void;
  reject: (error: unknown) => void;
}

/**
 * A file that only grows. `append` resolves when the frame is on the disk (fdatasync), so what was
 * acknowledged survives a kill and a power failure. Frames that wait together share one sync.
 */
export class AppendLog {
  readonly #fd: number;
  #end: number;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #failure: unknown;

  private constructor(fd: number, end: number) {
    this.#fd = fd;
    this.#end = end;
  }

  /**
   * Opens the log and shows every frame from byte `from` on. A torn tail, the rest of a write that was
   * never acknowledged, is cut off.
   * @throws `STORE_LOG_CORRUPT` when a frame is damaged and good frames follow: that is no torn tail.
   */
  static open(path: string, from: number, visit: Visitor): AppendLog {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const size = fstatSync(fd).size;
      if (from > size)
        throw new HskError('STORE_LOG_CORRUPT', 'The log is shorter than its index says', {
          details: `${size} bytes, index at ${from}`,
          action: 'Restore the data directory from a backup.',
        });
      if (size === 0) syncDirectory(dirname(path));
      const end = scan(fd, from, size, visit);
      if (end < size) {
        ftruncateSync(fd, end);
        fsyncSync(fd);
      }
      return new AppendLog(fd, end);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Where the next frame will begin. */
  get end(): number {
    return this.#end;
  }

  /** Resolves to the frame's place once it is durable. Frames keep, and resolve in, the order of the calls. */
  append(payload: Uint8Array): Promise<FramePosition> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const frame = encodeFrame(payload);
    const offset = this.#end;
    this.#end += frame.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame, offset, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** The payload of the frame at `offset`. */
  read(offset: number): Uint8Array {
    const header = readExactly(this.#fd, offset, FRAME_HEADER);
    const payload = readExactly(this.#fd, offset + FRAME_HEADER, header.readUInt32BE(0));
    if (checksum(payload) !== header.readUInt32BE(4))
      throw new HskError('STORE_LOG_CORRUPT', 'A frame of the log is damaged', {
        details: `at byte ${offset}`,
      });
    return payload;
  }

  /** Where the frame at `offset` with this payload ends. */
  endOf(offset: number, payload: Uint8Array): number {
    return offset + FRAME_HEADER + payload.length;
  }

  async close(): Promise<void> {
    await this.#draining;
    closeSync(this.#fd);
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await writeFully(this.#fd, Buffer.concat(batch.map((one) => one.frame)), batch[0]!.offset);
        await syncData(this.#fd);
      } catch (cause) {
        // After a failed sync the kernel may have dropped the pages: nothing later can be promised.
        const error = writeFailed('The log cannot be written', cause);
        this.#failure = error;
        for (const one of [...batch, ...this.#waiting]) one.reject(error);
        this.#waiting = [];
        break;
      }
      for (const one of batch) one.resolve({ offset: one.offset, end: one.offset + one.frame.length });
    }
    this.#draining = undefined;
  }
}

function checksum(payload: Uint8Array): number {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(payload.length);
  return crc32(payload, crc32(length));
}

function encodeFrame(payload: Uint8Array): Buffer {
  if (payload.length > MAX_PAYLOAD)
    throw new HskError('STORE_FRAME_TOO_LONG', 'A record is too long for the log', {
      details: `${payload.length} bytes`,
    });
  const frame = Buffer.allocUnsafe(FRAME_HEADER + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUInt32BE(checksum(payload), 4);
  frame.set(payload, FRAME_HEADER);
  return frame;
}

async function writeFully(fd: number, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await writeAt(fd, bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function readExactly(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const count = readSync(fd, bytes, done, length - done, offset + done);
    if (count === 0)
      throw new HskError('STORE_LOG_CORRUPT', 'The log ends inside a frame', {
        details: `at byte ${offset}`,
      });
    done += count;
  }
  return bytes;
}

/** Returns where the good frames end. */
function scan(fd: number, from: number, size: number, visit: Visitor): number {
  let window: Buffer = Buffer.alloc(0);
  let windowAt = from;
  const bytesAt = (offset: number, length: number): Buffer => {
    if (offset < windowAt || offset + length > windowAt + window.length) {
      window = readExactly(fd, offset, Math.min(Math.max(length, SCAN_CHUNK), size - offset));
      windowAt = offset;
    }
    return window.subarray(offset - windowAt, offset - windowAt + length);
  };
  const frameAt = (offset: number): { payload: Uint8Array; next: number } | undefined => {
    if (offset + FRAME_HEADER > size) return undefined;
    const header = bytesAt(offset, FRAME_HEADER);
    const length = header.readUInt32BE(0);
    const expected = header.readUInt32BE(4);
    if (length > MAX_PAYLOAD || offset + FRAME_HEADER + length > size) return undefined;
    const payload = Uint8Array.from(bytesAt(offset + FRAME_HEADER, length));
    return checksum(payload) === expected ? { payload, next: offset + FRAME_HEADER + length } : undefined;
  };
  let offset = from;
  for (let frame = frameAt(offset); frame; frame = frameAt(offset)) {
    visit(frame.payload, offset, frame.next);
    offset = frame.next;
  }
  if (offset + FRAME_HEADER <= size) {
    const after = offset + FRAME_HEADER + bytesAt(offset, FRAME_HEADER).readUInt32BE(0);
    const following = after < size ? frameAt(after) : undefined;
    if (following && following.payload.length > 0)
      throw new HskError('STORE_LOG_CORRUPT', 'A frame of the log is damaged, and good frames follow it', {
        details: `damaged at byte ${offset}, good at byte ${after} of ${size}`,
        action: 'Restore the data directory from a backup.',
      });
  }
  return offset;
}

/** A new file is durable only when its directory is. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
