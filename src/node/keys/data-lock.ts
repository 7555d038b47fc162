import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HskError } from '../../protocol/errors.ts';

/** Holds a data directory for one process until released. */
export interface DataLock {
  release(): void;
}

/**
 * Takes the data directory. A lock left by a process that is gone (kill -9, power failure) is taken over;
 * a number used again by another process is told apart by its start time where the system says it.
 *
 * @throws `NODE_DATA_LOCKED` when a living process holds it
 */
export function lockDataDirectory(directory: string): DataLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'LOCK');
  const mine = `${process.pid} ${startTime(process.pid)}\n`;
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
      return {
        release() {
          if (read(file) === mine) rmSync(file, { force: true });
        },
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = read(file);
    if (holder !== undefined && isAlive(holder, mine))
      throw new HskError('NODE_DATA_LOCKED', 'Another process is using this data directory', {
        details: `${directory}, process ${holder.split(' ')[0]}`,
        action: 'Stop it first, or give this node another --data directory.',
      });
    rmSync(file, { force: true });
  }
  throw new HskError('NODE_DATA_LOCKED', 'Several processes want this data directory at once', {
    details: directory,
    action: 'Start one of them only.',
  });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive(holder: string, mine: string): boolean {
  if (holder === mine) return true;
  const [pid, started] = holder.trim().split(' ');
  if (!pid || !/^\d+$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === startTime(Number(pid));
}

/** Clock ticks since boot at which the process started (proc(5), field 22); `-` where there is no /proc. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    return '-';
  }
}
