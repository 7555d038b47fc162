import type { Grade, ListEntry } from '../../../protocol/issuer-desk.ts';
import { jaroWinkler } from './jaro-winkler.ts';
import { tokens } from './plain.ts';

/** Words less alike than this are different words. */
const WORD = 0.88;
/** Names less alike than this are different names. */
const NAME = 0.92;
/** One word alone tells an organisation, from this length on. */
const TELLING = 5;

interface ListedName {
  entry: ListEntry;
  /** As the list spells it. */
  spelled: string;
  words: string[];
}

export interface NameMatch {
  entry: ListEntry;
  matched: string;
  grade: Grade;
  /** Thousandths. */
  score: number;
}

/**
 * The names of a list by their words. A name matches when every word of the shorter of the two is alike to one of the
 * other, in any order: `Ivan Petrov` is found under `PETROV, Ivan Sergeyevich`, and `Jong Un` under `Jongun`.
 */
export class NameIndex {
  readonly #names: ListedName[] = [];
  /** Word to the names in which it stands. */
  readonly #byWord = new Map<string, number[]>();
  readonly #masks: { word: string; mask: number }[];

  constructor(entries: readonly ListEntry[]) {
    for (const entry of entries)
      for (const spelled of [entry.name, ...entry.aliases]) this.#add(entry, spelled);
    this.#masks = [...this.#byWord.keys()].map((word) => ({ word, mask: letters(word) }));
  }

  /** The best match of each entry. */
  find(name: string, kind: 'person' | 'organisation'): NameMatch[] {
    const best = new Map<ListEntry, NameMatch>();
    for (const words of spellings(tokens(name, kind)))
      for (const candidate of this.#candidates(words)) {
        const match = compare(words, this.#names[candidate]!, kind);
        if (match && match.score > (best.get(match.entry)?.score ?? 0)) best.set(match.entry, match);
      }
    return [...best.values()].toSorted((a, b) => b.score - a.score);
  }

  #add(entry: ListEntry, spelled: string): void {
    for (const words of spellings(tokens(spelled, entry.kind === 'person' ? 'person' : 'organisation'))) {
      const at = this.#names.push({ entry, spelled, words }) - 1;
      for (const word of new Set(words)) {
        const names = this.#byWord.get(word);
        if (names) names.push(at);
        else this.#byWord.set(word, [at]);
      }
    }
  }

  /** Names with a word like one of these. */
  #candidates(words: readonly string[]): Set<number> {
    const found = new Set<number>();
    for (const word of words) {
      const mask = letters(word);
      for (const { word: listed, mask: other } of this.#masks) {
        // Alike words have most letters in common: far cheaper to see than how they stand.
        if (Math.abs(listed.length - word.length) > 4 || bits(mask & ~other) > 2) continue;
        if (jaroWinkler(word, listed) >= WORD) for (const name of this.#byWord.get(listed)!) found.add(name);
      }
    }
    return found;
  }
}

/** The words as they are, and with each two neighbours written as one. */
function spellings(words: string[]): string[][] {
  return [
    words,
    ...words
      .slice(1)
      .map((word, index) => [...words.slice(0, index), words[index]! + word, ...words.slice(index + 2)]),
  ];
}

function compare(
  words: readonly string[],
  { entry, spelled, words: listed }: ListedName,
  kind: 'person' | 'organisation',
): NameMatch | undefined {
  const [few, many] = words.length <= listed.length ? [words, listed] : [listed, words];
  const left = [...many];
  let [sum, length] = [0, 0];
  for (const word of few.toSorted((a, b) => b.length - a.length)) {
    const likeness = left.map((other) => jaroWinkler(word, other));
    const at = likeness.indexOf(Math.max(...likeness));
    if (at < 0 || likeness[at]! < WORD) return undefined;
    left.splice(at, 1);
    sum += likeness[at]! * word.length;
    length += word.length;
  }
  const score = sum / length;
  // One word out of several is a given name like any other, unless it names an organisation.
  if (few.length === 1 && many.length > 1)
    if (kind === 'person' || few[0]!.length < TELLING || score < 1) return undefined;
  if (score < NAME) return undefined;
  const grade = score === 1 && left.length === 0 ? 'exact' : 'possible';
  return { entry, matched: spelled, grade, score: Math.round(score * 1000) };
}

function letters(word: string): number {
  let mask = 0;
  for (let index = 0; index < word.length; index++) mask |= 1 << (word.charCodeAt(index) % 31);
  return mask;
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
