import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { HskError } from '../../protocol/errors.ts';
import { portOption } from './port.ts';
import { type Option, type OptionName, OPTIONS, type Settings } from './options.ts';

/**
 * The settings of one command: flags first, then the config file, then the defaults.
 *
 * @throws `NODE_USAGE` naming the flag, or the file and the name in it
 */
export function readSettings<const N extends OptionName>(names: readonly N[], args: string[]): Settings<N> {
  const flags = readFlags(names, args);
  const file = flags.get('config');
  const fromFile = file === undefined ? new Map<string, string>() : readConfigFile(path.resolve(file), names);
  const settings: Record<string, unknown> = {};
  for (const name of names) {
    const option: Option = OPTIONS[name];
    const given = flags.get(name) ?? fromFile.get(name) ?? option.default;
    if (option.kind === 'switch') settings[name] = given === 'true';
    else if (given !== undefined) settings[name] = parseValue(option, given);
  }
  return settings as Settings<N>;
}

function readFlags(names: readonly OptionName[], args: string[]): Map<string, string> {
  const { values } = parseArgs({
    args,
    options: Object.fromEntries(
      names.map((name) => {
        const option: Option = OPTIONS[name];
        return [option.flag, { type: option.kind === 'switch' ? 'boolean' : 'string' } as const];
      }),
    ),
  });
  return new Map(
    names.flatMap((name) => {
      const value = values[OPTIONS[name].flag];
      return value === undefined ? [] : [[name, String(value)] as const];
    }),
  );
}

/** One flat JSON object. A name that means nothing is refused: it is a mistake, and the default would hide it. */
function readConfigFile(file: string, names: readonly OptionName[]): Map<string, string> {
  const bad = (why: string, cause?: unknown) =>
    new HskError('NODE_USAGE', `The config file ${why}`, {
      details: file,
      action: `Options of this command: ${names.filter((name) => name !== 'config').join(', ')}.`,
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw bad('cannot be read, or is not JSON', cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw bad('is not one JSON object');
  return new Map(
    Object.entries(json).map(([name, value]) => {
      const known = names.find((one) => one === name && one !== 'config');
      if (!known) throw bad(`has an option that this command does not know: ${name}`);
      if (typeof value === 'object') throw bad(`has a list or an object where ${name} is one value`);
      const kind: Option['kind'] = OPTIONS[known].kind;
      return [name, kind === 'path' ? path.resolve(path.dirname(file), String(value)) : String(value)];
    }),
  );
}

function parseValue({ flag, kind }: Option, given: string): string | number {
  const bad = (expected: string) =>
    new HskError('NODE_USAGE', `--${flag} is not ${expected}`, { details: given });
  if (kind === 'port') return portOption(given);
  if (kind === 'number') {
    if (!/^\d{1,15}$/.test(given)) throw bad('a whole number');
    return Number(given);
  }
  if (kind === 'url') {
    if (!/^https?:$/.test(protocolOf(given))) throw bad('an http address');
    return given.replace(/\/+$/, '');
  }
  if (kind === 'path') return path.resolve(given);
  if (typeof kind !== 'string' && !kind.includes(given)) throw bad(`one of ${kind.join(', ')}`);
  return given;
}

function protocolOf(text: string): string {
  try {
    return new URL(text).protocol;
  } catch {
    return '';
  }
}
