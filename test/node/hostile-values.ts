import { POLICY } from '../../src/node/access/policy.ts';
import { SESSION_METHODS } from '../../src/node/access/guarded-view.ts';
import type { Random } from '../fuzz/random.ts';
import { testAccount } from './chain-fixture.ts';

/** Every method of both chains, and some of none. */
export const METHODS: readonly string[] = [
  [...POLICY.keys()],
  SESSION_METHODS,
  ['hsk_getGenesis', 'eth_subscribe', 'eth_unsubscribe'],
  ['eth_nothing', 'debug_traceTransaction', 'admin_peers', '', '.', 'eth_', 'ETH_CALL', 'eth_call '],
  ['toString', '__proto__', 'constructor', 'hasOwnProperty', 'then', '\u0000', '💥', 'x'.repeat(2000)],
].flat();

const account = testAccount('alice').address;

const ATOMS: readonly unknown[] = [
  [null, true, false, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, 2 ** 53, -0.0],
  ['', '0', '0x', '0x0', '0x1', '-0x1', '0xg', '0x00', '0X1', ' 0x1', '1e3', 'NaN', 'Infinity'],
  [
    'latest',
    'earliest',
    'pending',
    'safe',
    'finalized',
    'later',
    'newHeads',
    'logs',
    'exact',
    'eip155:31178',
  ],
  ['\u0000', '💥', '\ud800', '\r\nx: y', '../../etc/passwd', '%00', "' OR 1=1 --", '<script>', '${7*7}'],
  `0x${'f'.repeat(16)}`,
  `0x${'f'.repeat(64)}`,
  `0x${'f'.repeat(65)}`,
  `0x${'ab'.repeat(5000)}`,
  `0x${'5b'.repeat(60_000)}`,
  account,
  account.toLowerCase(),
  `0x${'00'.repeat(19)}04`,
  `0x${'00'.repeat(20)}`,
  `0x${'12'.repeat(32)}`,
  `0x${'11'.repeat(65)}`,
  '9'.repeat(400),
  '7'.repeat(78),
  '__proto__',
  'constructor',
].flat();

const KEYS = [
  'from to gas gasPrice maxFeePerGas maxPriorityFeePerGas value data input nonce accessList',
  'authorizationList address topics fromBlock toBlock blockHash blockNumber balance code state stateDiff',
  'movePrecompileToAddress number time gasLimit baseFeePerGas blockStateCalls blockOverrides',
  'stateOverrides calls validation traceTransfers storageKeys message signature',
  '__proto__ toString constructor toJSON then length valueOf',
].flatMap((line) => line.split(' '));

/** A JSON value that hardly any parameter is meant to be. */
export function hostileValue(random: Random, depth = 0): unknown {
  const kind = random.below(depth > 3 ? 6 : 10);
  if (kind < 6) return random.pick(ATOMS);
  if (kind < 8) return Array.from({ length: random.below(4) }, () => hostileValue(random, depth + 1));
  const entries = Array.from({ length: random.below(5) }, () => [
    random.below(3) === 0 ? String(random.pick(ATOMS)) : random.pick(KEYS),
    hostileValue(random, depth + 1),
  ]);
  return Object.fromEntries(entries) as object;
}

export const hostileParams = (random: Random): unknown[] =>
  Array.from({ length: random.below(5) }, () => hostileValue(random));

/** One call or a batch, cut or scratched now and then. */
export function hostileBody(random: Random): string {
  const call = () => ({
    jsonrpc: random.pick(['2.0', '1.0', 2, null]),
    ...(random.below(3) > 0 && { id: random.pick(ATOMS) }),
    method: random.below(3) > 0 ? random.pick(METHODS) : hostileValue(random, 2),
    params: hostileValue(random, 1),
  });
  return scratched(
    random,
    JSON.stringify(random.below(2) ? call() : Array.from({ length: random.below(6) }, call)),
  );
}

/** The text, or a beginning of it, or with one character that does not belong there. */
export function scratched(random: Random, body: string): string {
  if (random.below(3) === 0) return body.slice(0, random.below(body.length));
  if (random.below(4) > 0) return body;
  const at = random.below(body.length);
  const stroke = random.pick(['{', '"', '\\', ']', '\u0000', 'e', '9']);
  return body.slice(0, at) + stroke + body.slice(at + 1);
}

/** The same JSON but for one part somewhere in it. */
export function bent(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.below(6) === 0) return hostileValue(random, 1);
  const entries = Object.entries(value);
  if (entries.length === 0) return hostileValue(random, 1);
  const at = random.below(entries.length);
  const [key, part] = entries[at]!;
  const without = entries.filter((_entry, index) => index !== at);
  if (Array.isArray(value)) return value.with(at, bent(random, part)) as unknown[];
  switch (random.below(8)) {
    case 0:
      return Object.fromEntries(without);
    case 1:
      return Object.fromEntries([...entries, [random.pick(KEYS), hostileValue(random, 2)]]);
    default:
      return Object.fromEntries([...without, [key, bent(random, part)]]);
  }
}

/** Words that only the inside of the process knows. */
const INSIDE =
  /\n\s+at |\bat \S+ \(|node_modules|node:internal|TypeError|RangeError|file:\/\/|\/src\/node|\.ts:\d/;

/** Undefined when the text shows nothing of the inside. `machine` are paths and the like of this very node. */
export function insideShown(text: string, machine: readonly string[] = []): string | undefined {
  return INSIDE.exec(text)?.[0] ?? machine.find((secret) => text.includes(secret));
}

/** What is wrong with a JSON-RPC answer. */
export function answerFault(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return 'no answer object';
  const { error } = given as { error?: { code: unknown; message: unknown } };
  if ('result' in given === 'error' in given) return 'not either of result and error';
  if (!error) return undefined;
  if (!Number.isSafeInteger(error.code) || typeof error.message !== 'string') return 'no code or message';
  if (error.code === -32603) return 'internal error';
  return undefined;
}
