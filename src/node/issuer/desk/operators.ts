import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { HskError } from '../../../protocol/errors.ts';
import { writeDurably } from '../../keys/durable-file.ts';

/** Who sits at the desk: a name for the record, known by a token. */
export interface Operator {
  name: string;
  token: string;
}

export const DESK_KEY = 'desk.key';

/**
 * Reads `desk.key`, one operator a line: `<64 hex> <name>`. The first start makes it with one operator; give each
 * person a line of their own, so that the record says who it was.
 *
 * @throws `ISSUER_DAMAGED`
 */
export function openOperators(directory: string): Operator[] {
  const file = path.join(directory, DESK_KEY);
  if (!existsSync(file)) writeDurably(file, `${randomBytes(32).toString('hex')} operator\n`, 0o600);
  return readOperators(file);
}

/** @throws `ISSUER_DAMAGED` */
export function readOperators(file: string): Operator[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const operators = lines.map((line) => {
    const [, token, name] = /^([0-9a-f]{64}) +(\S.{0,59})$/.exec(line.trim()) ?? [];
    if (token === undefined || name === undefined || /^(?:rule|provider)$/.test(name)) throw damaged(file);
    return { token, name };
  });
  if (operators.length === 0) throw damaged(file);
  return operators;
}

/** The operator whose token it is; the time taken says nothing about the tokens. */
export function operatorOf(
  operators: readonly Operator[],
  authorization: string | undefined,
): Operator | undefined {
  const digest = (token: string) => createHash('sha256').update(token).digest();
  const given = digest(/^Bearer ([0-9a-f]{64})$/.exec(authorization ?? '')?.[1] ?? '');
  let found: Operator | undefined;
  for (const operator of operators) if (timingSafeEqual(digest(operator.token), given)) found = operator;
  return found;
}

function damaged(file: string): HskError {
  return new HskError('ISSUER_DAMAGED', "The desk's key file does not name its operators", {
    details: file,
    action: 'Each line is 64 hexadecimal digits, a space and a name. Without the file a new one is made.',
  });
}
