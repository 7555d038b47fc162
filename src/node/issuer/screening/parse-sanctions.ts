import { createHash } from 'node:crypto';
import { HskError } from '../../../protocol/errors.ts';
import { ENTRY_KINDS, type ListEntry, type ListImport } from '../../../protocol/issuer-desk.ts';
import { integer, list, object, oneOf, optional, text } from '../../../protocol/parse.ts';
import { parseCsv } from './csv.ts';

const MOST_ENTRIES = 500_000;
const LONGEST_REMARKS = 500;

/**
 * The entries of a list, in any of three forms:
 *
 * - `ofac`: SDN.CSV of the US Treasury (`ent_num, name, type, programme, …, remarks`, no head, `-0-` for nothing), and
 *   ALT.CSV (`ent_num, alt_num, type, name, remarks`) for the aliases; years of birth from the remarks.
 * - `csv`: a head `id,name,aliases,kind,born,programme,remarks`, of which `name` alone is needed; aliases and years are
 *   separated by `;`, kind is `person`, `organisation` or `other`.
 * - `json`: a list of objects with the same names, `aliases` and `born` as lists.
 *
 * @throws `ISSUER_LIST_INVALID`
 */
export function parseSanctions(order: Pick<ListImport, 'format' | 'main' | 'aliases'>): ListEntry[] {
  let entries: ListEntry[];
  try {
    entries = PARSERS[order.format](order.main, order.aliases);
  } catch (cause) {
    throw invalidList(cause instanceof Error ? cause.message.replace('\n', ', ') : String(cause), cause);
  }
  // An empty file is far likelier a failed download than a world without sanctions.
  if (entries.length === 0) throw invalidList('no entries');
  if (entries.length > MOST_ENTRIES) throw invalidList(`more than ${MOST_ENTRIES} entries`);
  return entries;
}

/** SHA-256 of what was imported. */
export function digestOf({ main, aliases = '' }: Pick<ListImport, 'main' | 'aliases'>): string {
  return createHash('sha256').update(main).update('\0').update(aliases).digest('hex');
}

const PARSERS: Record<ListImport['format'], (main: string, aliases?: string) => ListEntry[]> = {
  ofac: (main, aliases) => {
    const alternatives = new Map<string, string[]>();
    for (const [id = '', , , name = ''] of parseCsv(ended(aliases ?? '')))
      if (isSaid(name)) alternatives.set(id.trim(), [...(alternatives.get(id.trim()) ?? []), name.trim()]);
    return parseCsv(ended(main)).map((row) => {
      const [id = '', name = '', type = '', programme = ''] = row.map((field) => field.trim());
      if (row.length < 12 || !/^\d+$/.test(id) || !isSaid(name)) throw new Error(`a row that is no entry: ${id.slice(0, 40)}`);
      const remarks = isSaid(row[11]!) ? row[11]!.trim() : '';
      return {
        id,
        name,
        aliases: [...(alternatives.get(id) ?? []), ...[...remarks.matchAll(/a\.k\.a\. '([^']+)'/g)].map((alias) => alias[1]!)],
        kind: type === 'individual' ? 'person' : isSaid(type) ? 'other' : 'organisation',
        born: [...remarks.matchAll(/DOB (?:circa )?(?:\d{1,2} )?(?:[A-Z][a-z]{2} )?(\d{4})/g)].map((year) => Number(year[1])),
        programme: isSaid(programme) ? programme : '',
        remarks: remarks.slice(0, LONGEST_REMARKS),
      };
    });
  },
  csv: (main) => {
    const [head = [], ...rows] = parseCsv(main.replace(/^\uFEFF/, ''));
    const columns = head.map((name) => name.trim().toLowerCase());
    if (!columns.includes('name')) throw new Error('no column `name`');
    return rows.map((row, line) => {
      const said = (column: string) => (row[columns.indexOf(column)] ?? '').trim();
      const several = (column: string) => said(column).split(';').map((one) => one.trim()).filter(Boolean);
      return entry(
        {
          id: said('id') || undefined,
          name: said('name'),
          aliases: several('aliases'),
          kind: said('kind') || undefined,
          born: several('born').map(Number),
          programme: said('programme'),
          remarks: said('remarks'),
        },
        `line ${line + 2}`,
      );
    });
  },
  json: (main) => list(entry, MOST_ENTRIES)(JSON.parse(main), 'entries'),
}; // prettier-ignore

const parseLoose = object<Partial<ListEntry>>({
  id: optional(text),
  name: text,
  aliases: optional(list(text, 1000)),
  kind: optional(oneOf(...ENTRY_KINDS)),
  born: optional(list(integer, 100)),
  programme: optional(text),
  remarks: optional(text),
});

function entry(value: unknown, path: string): ListEntry {
  const loose = parseLoose(value, path);
  if (!loose.name!.trim()) throw new Error(`${path}: no name`);
  return {
    id: loose.id ?? loose.name!,
    name: loose.name!,
    aliases: loose.aliases ?? [],
    kind: loose.kind ?? 'person',
    born: loose.born ?? [],
    programme: loose.programme ?? '',
    remarks: (loose.remarks ?? '').slice(0, LONGEST_REMARKS),
  };
}

/** The Treasury's files end in the end-of-file of another age. */
function ended(text: string): string {
  const end = text.indexOf(String.fromCodePoint(0x1a));
  return end < 0 ? text : text.slice(0, end);
}

function isSaid(field: string): boolean {
  return field.trim() !== '-0-' && field.trim() !== '';
}

function invalidList(details: string, cause?: unknown): HskError {
  return new HskError('ISSUER_LIST_INVALID', 'This is not a list to screen against', {
    details,
    action: 'Download it again, and choose the form that it is in. The list in use stays.',
    ...(cause !== undefined && { cause }),
  });
}
