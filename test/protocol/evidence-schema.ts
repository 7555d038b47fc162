import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

const file = new URL('../../src/protocol/evidence.schema.json', import.meta.url);
const validate = new Ajv2020({ allErrors: false }).compile(JSON.parse(readFileSync(file, 'utf8')) as object);

/** What the published JSON Schema has against a document; `undefined` when nothing. */
export function schemaRefusal(document: unknown): string | undefined {
  if (validate(document)) return undefined;
  return validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`).join('; ');
}
