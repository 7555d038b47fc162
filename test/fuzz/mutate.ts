import type { Hex } from 'viem';
import { flipBit } from '../protocol/vectors.ts';
import type { Random } from './random.ts';

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

/** Where a value stands in an answer, and how to put another in its place. */
interface Place {
  value: Json;
  replace(value: Json): void;
  /** Leaves nothing there. */
  drop(): void;
}

/** Values that no honest peer sends; what they would do to a careless reader differs. */
const STRANGE: (() => Json)[] = [
  () => null,
  () => undefined,
  () => true,
  () => -1,
  () => 1e308,
  () => 2 ** 53,
  () => Number.NaN,
  () => '',
  () => '0x',
  () => '0x0',
  () => `0x${'f'.repeat(64)}`,
  () => `0x${'f'.repeat(1000)}`,
  () => '9'.repeat(78),
  () => '0x'.padEnd(200_002, 'a'),
  () => 'latest',
  () => [],
  () => ({}),
  () => [[]],
  () => Array.from({ length: 20_000 }, () => '0x'),
  () => nested(3000, (inner) => [inner]),
  () => nested(3000, (inner) => ({ inner })),
  () => JSON.parse('{"__proto__":{"header":1,"number":"0x1"},"constructor":1,"toString":null,"length":7}'),
  () => `0x${'c0'.padStart(2 * 500, 'f8')}`,
  // RLP: lists in lists, and a list that claims to be huge.
  () => `0x${'c1'.repeat(900)}c0`,
  () => '0xfbffffffff00',
];

function nested(depth: number, wrap: (inner: Json) => Json): Json {
  let value: Json = '0x1';
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
}

type Way = (random: Random, place: Place, others: readonly Json[]) => void;

const WAYS: Record<string, Way> = {
  bit: (random, { value, replace }) => {
    if (typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value))
      replace(flipBit(value as Hex, random.below((value.length - 2) * 4)));
    else if (typeof value === 'string' && value !== '') {
      const at = random.below(value.length);
      replace(value.slice(0, at) + String.fromCodePoint(33 + random.below(90)) + value.slice(at + 1));
    } else replace(typeof value === 'number' ? value + 1 : '0x01');
  },
  drop: (_random, place) => place.drop(),
  strange: (random, place) => place.replace(random.pick(STRANGE)()),
  cut: (random, { value, replace }) => {
    if (typeof value === 'string') replace(value.slice(0, random.below(value.length + 1)));
    else if (Array.isArray(value)) replace(value.slice(0, random.below(value.length + 1)));
    else replace(null);
  },
  grow: (random, { value, replace }) => {
    if (typeof value === 'string') replace(value + (random.chance(50) ? '00' : '0'));
    else if (Array.isArray(value)) replace([...value, random.chance(50) ? value.at(-1) : '0xc0']);
    else replace([value, value]);
  },
  shuffle: (random, { value, replace }) => {
    if (!Array.isArray(value) || value.length < 2) return replace([value]);
    const one = random.below(value.length);
    const other = random.below(value.length);
    replace(value.with(one, value[other]).with(other, value[one]));
  },
  another: (random, place, others) => place.replace(random.pick(others)),
  partOfAnother: (random, place, others) => {
    const found = placesOf(structuredClone(random.pick(others)));
    place.replace(random.pick(found).value);
  },
  /** The same field of another answer. */
  sameOfAnother: (random, place, others) => {
    const key = random.pick(others);
    const field = typeof key === 'object' && key !== null ? random.pick([...Object.keys(key), '']) : '';
    place.replace(field ? structuredClone(key[field]) : structuredClone(key));
  },
};

/** One change to an answer; the name of the change, for the counts. */
export function mutate(random: Random, answer: Json, others: readonly Json[]): [way: string, Json] {
  const root = { answer: structuredClone(answer) };
  const way = random.pick(Object.keys(WAYS));
  WAYS[way]!(random, random.pick(placesOf(root.answer, root, 'answer')), others);
  return [way, root.answer];
}

function placesOf(value: Json, parent: Json = [value], key: string | number = 0): Place[] {
  const here: Place = {
    value,
    replace: (other) => (parent[key] = other),
    drop: () => (Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key]),
  };
  if (typeof value !== 'object' || value === null) return [here];
  const entries = Object.entries(value);
  // Long lists by their ends: a mutation in the middle of many is like one at the end.
  const chosen = entries.length > 40 ? [...entries.slice(0, 20), ...entries.slice(-20)] : entries;
  return [
    here,
    ...chosen.flatMap(([name, child]) => placesOf(child, value, Array.isArray(value) ? Number(name) : name)),
  ];
}
