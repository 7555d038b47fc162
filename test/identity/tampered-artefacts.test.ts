import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import pins from '../../circuits/artifacts/pins.json' with { type: 'json' };
import { checkPins } from '../../circuits/ceremony/check-pins.ts';
import { memoryArtefacts } from '../../src/identity/artefact-store.ts';
import { Prover } from '../../src/identity/prover.ts';
import type { CircuitPins } from '../../src/protocol/profile.ts';
import { artefact, requestFor } from '../circuits/circuit-fixture.ts';

const PINS = pins as Required<CircuitPins>;
const BASE = 'https://host.test/circuits/';
const FILES = {
  vkey: 'zkid.vkey.json',
  wasm: 'zkid.wasm',
  curve: 'bn128.wasm',
  key: 'zkid.key.bin',
} as const;
type Part = keyof typeof FILES;
const PARTS = Object.entries(FILES) as [Part, string][];

/** A prover, as its worker holds it, whose host serves `change` of what is committed. */
function provers(change: (file: string, bytes: Uint8Array) => Uint8Array) {
  const store = memoryArtefacts();
  const fetcher = (async (url: string) => {
    const file = new URL(url).pathname.split('/').at(-1)!;
    return new Response(change(file, artefact(file)) as Uint8Array<ArrayBuffer>);
  }) as typeof fetch;
  return { store, prover: new Prover({ store, fetch: fetcher }) };
}

const turned = (bytes: Uint8Array, at: number) => bytes.with(at, bytes[at]! ^ 1);

describe("the prover's worker", () => {
  for (const [part, file] of PARTS) {
    const only = (change: (bytes: Uint8Array) => Uint8Array) => (name: string, bytes: Uint8Array) =>
      name === file ? change(bytes) : bytes;
    const length = artefact(file).length;
    const CHANGES: [string, (bytes: Uint8Array) => Uint8Array][] = [
      ['the first bit turned', (bytes) => turned(bytes, 0)],
      ['a bit in the middle turned', (bytes) => turned(bytes, length >> 1)],
      ['the last bit turned', (bytes) => turned(bytes, length - 1)],
      ['the end missing', (bytes) => bytes.subarray(0, length - 1)],
      ['nothing but its beginning', (bytes) => bytes.subarray(0, 1000)],
      ['a byte too many', (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
      ['nothing', () => new Uint8Array()],
      [
        'another file of the circuit under its name',
        () => artefact(file === 'zkid.wasm' ? 'bn128.wasm' : 'zkid.wasm'),
      ],
    ];
    for (const [what, change] of CHANGES)
      it(`refuses ${file} with ${what}`, async () => {
        const { store, prover } = provers(only(change));
        await assert.rejects(prover.prepare(PINS, BASE), { code: 'ARTEFACT_MISMATCH' });
        assert.equal(await store.get(PINS[part]), undefined, 'it is not kept');
        assert.equal(await store.partial(PINS[part]), undefined);
        // And nothing is proven with what came before it.
        await assert.rejects(
          prover.prove(requestFor(), () => undefined),
          { code: 'PROVER_NOT_PREPARED' },
        );
      });
  }

  for (const [part, file] of PARTS)
    it(`refuses a file that has the pinned hash and stands in the place of ${file}`, async () => {
      const other = part === 'wasm' ? 'curve' : 'wasm';
      const { prover } = provers((name, bytes) => (name === file ? artefact(FILES[other]) : bytes));
      await assert.rejects(prover.prepare({ ...PINS, [part]: PINS[other] }, BASE), {
        code: part === 'key' ? 'PROVING_KEY' : 'ARTEFACT_KIND',
      });
    });

  it('goes on when the host serves the right file again', async () => {
    let honest = false;
    const { prover } = provers((name, bytes) =>
      name === 'zkid.key.bin' && !honest ? turned(bytes, 9) : bytes,
    );
    await assert.rejects(prover.prepare(PINS, BASE), { code: 'ARTEFACT_MISMATCH' });
    honest = true;
    await prover.prepare(PINS, BASE);
    assert.equal((await prover.prove(requestFor(), () => undefined)).publicSignals.length, 6);
  });
});

describe('a folder of artefacts', () => {
  const committed = fileURLToPath(new URL('../../circuits/artifacts', import.meta.url));
  const folder = mkdtempSync(path.join(tmpdir(), 'hsk-artefacts-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is checked against its pins, every file of it', () => {
    assert.equal(checkPins(committed).length, 6);
    for (const name of [...Object.values(FILES), 'zkid.r1cs', 'zkid.zkey']) {
      cpSync(committed, folder, { recursive: true });
      const bytes = new Uint8Array(readFileSync(path.join(folder, name)));
      writeFileSync(path.join(folder, name), turned(bytes, bytes.length >> 1));
      assert.throws(() => checkPins(folder), { code: 'CEREMONY_MISMATCH', message: new RegExp(name) });
      rmSync(path.join(folder, name));
      assert.throws(() => checkPins(folder), { code: 'CEREMONY_MISMATCH', message: /absent/ });
    }
  });

  it('is checked against pins from elsewhere, whatever its own say', () => {
    cpSync(committed, folder, { recursive: true });
    const own = JSON.parse(readFileSync(path.join(folder, 'pins.json'), 'utf8'));
    writeFileSync(path.join(folder, 'zkid.r1cs'), 'another circuit');
    writeFileSync(path.join(folder, 'pins.json'), JSON.stringify({ ...own, r1cs: `0x${'11'.repeat(32)}` }));
    assert.throws(() => checkPins(folder, path.join(committed, 'pins.json')), { code: 'CEREMONY_MISMATCH' });
  });
});
