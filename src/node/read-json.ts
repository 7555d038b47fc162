import { readFileSync } from 'node:fs';
import { HskError } from '../protocol/errors.ts';

/** @throws `FILE_UNREADABLE` when it is not there or is not JSON */
export function readJson(file: string): unknown {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HskError('FILE_UNREADABLE', 'The file cannot be read', { details: file, cause });
  }
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new HskError('FILE_UNREADABLE', 'The file is not JSON', { details: file, cause });
  }
}
