import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { HskError } from '../../src/protocol/errors.ts';
import { parseEvidence } from '../../src/protocol/evidence.ts';
import { schemaRefusal } from './evidence-schema.ts';

const file = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const recordedSealed = file('../elements/recorded/evidence.json');
/** Version 1, 2 (a mainchain proven from Ethereum), 3 (a call), and 1 with the proofs of a validator contract. */
const documents = [
  recordedSealed,
  file('../elements/recorded/ethereum-evidence.json'),
  file('../elements/recorded/call-evidence.json'),
  recordedSealed.replace(
    '"ancestors":',
    '"validatorProofs": [{ "parent": "0xc0", "accountProof": ["0x80"], "storageProofs": [["0x80"]] }], "ancestors":',
  ),
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Where a document can be bent: every field and the first entry of every list. */
function* places(value: Json, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (path.length > 0) yield path;
  if (Array.isArray(value)) {
    if (value.length > 0) yield* places(value[0]!, [...path, 0]);
  } else if (typeof value === 'object' && value !== null)
    for (const [key, entry] of Object.entries(value)) yield* places(entry, [...path, key]);
}

function bent(recorded: string, path: (string | number)[], replacement: Json | undefined): Json {
  const document = JSON.parse(recorded) as Json;
  let parent = document as Record<string, Json>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, Json>;
  const last = path.at(-1)!;
  if (replacement !== undefined) parent[last] = replacement;
  else if (Array.isArray(parent)) parent.splice(last as number, 1);
  else delete parent[last];
  return document;
}

function parses(document: Json): boolean {
  try {
    parseEvidence(document);
    return true;
  } catch (error) {
    assert.ok(error instanceof HskError && error.code === 'PARSE_INVALID', String(error));
    return false;
  }
}

for (const [index, recorded] of documents.entries())
  it(`the published schema accepts what is parsed, and nothing else (document ${index + 1})`, () => {
    const texts = ['', '7', '0x', '0x0', '0xzz', '9'.repeat(79), 'account', 'bls', 'final'];
    const sized = [20, 32].map((bytes) => `0x${'ab'.repeat(bytes)}`);
    const replacements = [undefined, null, true, -1, 0.5, 7, [], ['0x'], {}, [[]], ...texts, ...sized];
    let refused = 0;
    let accepted = 0;
    for (const path of places(JSON.parse(recorded) as Json))
      for (const replacement of replacements) {
        const document = bent(recorded, path, replacement);
        const parsed = parses(document);
        const refusal = schemaRefusal(document);
        // A signature's exact length depends on the scheme: the parser alone knows.
        if (/signature|keys/.test(path.join('.')) && refusal === undefined) continue;
        assert.equal(
          parsed,
          refusal === undefined,
          `${path.join('.')}: ${JSON.stringify(replacement)} ${refusal}`,
        );
        if (parsed) accepted++;
        else refused++;
      }
    assert.ok(accepted > 50 && refused > 500, `${accepted} accepted, ${refused} refused`);
  });

it('the third document has what the others have not', () => {
  assert.equal(parseEvidence(JSON.parse(documents[2]!)).mainchain?.ethereum, undefined);
  assert.notEqual(documents[2], recordedSealed);
});

it('fields that a reader does not know are no reason to refuse', () => {
  for (const recorded of documents)
    assert.equal(schemaRefusal({ ...(JSON.parse(recorded) as object), note: 'for the auditor' }), undefined);
});
