import assert from 'node:assert/strict';
import { test } from 'node:test';
import pins from '../../circuits/artifacts/pins.json' with { type: 'json' };
import { memoryArtefacts } from '../../src/identity/artefact-store.ts';
import { loadArtefacts } from '../../src/identity/artefacts.ts';
import type { CircuitPins } from '../../src/protocol/profile.ts';
import { artefact } from '../circuits/circuit-fixture.ts';

const PINS = pins as CircuitPins;
const BASE = 'https://host.test/circuits';

/** Serves the committed artefacts, with ranges; `tamper` may change an answer. */
function server(tamper: (file: string, range: number) => Response | undefined = () => undefined) {
  const asked: string[] = [];
  const fetcher = (async (url: string, init?: RequestInit) => {
    const file = new URL(url).pathname.split('/').at(-1)!;
    const range = Number(/bytes=(\d+)-/.exec(new Headers(init?.headers).get('range') ?? '')?.[1] ?? 0);
    asked.push(range ? `${file}@${range}` : file);
    const bytes = artefact(file);
    return (
      tamper(file, range) ??
      new Response(bytes.slice(range) as Uint8Array<ArrayBuffer>, {
        status: range ? 206 : 200,
        headers: { 'content-length': String(bytes.length - range) },
      })
    );
  }) as typeof fetch;
  return { asked, fetch: fetcher };
}

/** Sends `count` bytes and breaks off. */
function cutOff(file: string, count: number): Response {
  const bytes = artefact(file).slice(0, count);
  let sent = false;
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (sent) controller.error(new Error('connection reset'));
        else controller.enqueue(bytes);
        sent = true;
      },
    }),
  );
}

test('loads by name, tells progress, and the next visit loads nothing', async () => {
  const store = memoryArtefacts();
  const { asked, fetch } = server();
  const seen: number[] = [];
  const loaded = await loadArtefacts(PINS, BASE, {
    store,
    fetch,
    progress: (fraction) => void seen.push(fraction),
  });
  assert.deepEqual(loaded.key, artefact('zkid.key.bin'));
  assert.deepEqual(asked, ['zkid.vkey.json', 'zkid.wasm', 'bn128.wasm', 'zkid.key.bin']);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  assert.ok(Math.abs(seen.at(-1)! - 1) < 1e-9);
  await loadArtefacts(PINS, 'https://elsewhere.test/', { store, fetch });
  assert.equal(asked.length, 4);
});

test('a download that was cut off continues where it stopped', async () => {
  const store = memoryArtefacts();
  let cut = true;
  const { asked, fetch } = server((file) =>
    cut && file === 'zkid.key.bin' ? cutOff(file, 500_000) : undefined,
  );
  await assert.rejects(loadArtefacts(PINS, BASE, { store, fetch }), { code: 'ARTEFACT_UNREACHABLE' });
  cut = false;
  const { key } = await loadArtefacts(PINS, BASE, { store, fetch });
  assert.equal(asked.at(-1), 'zkid.key.bin@500000');
  assert.deepEqual(key, artefact('zkid.key.bin'));
});

test('a server without ranges, or a beginning of another version, starts again', async () => {
  const store = memoryArtefacts();
  await store.putPartial(PINS.key!, new Uint8Array(1000).fill(7));
  const { asked, fetch } = server();
  await loadArtefacts(PINS, BASE, { store, fetch });
  assert.deepEqual(asked.slice(3), ['zkid.key.bin@1000', 'zkid.key.bin']);

  const other = memoryArtefacts();
  await other.putPartial(PINS.key!, artefact('zkid.key.bin').slice(0, 1000));
  const whole = server((file) => new Response(artefact(file) as Uint8Array<ArrayBuffer>));
  await loadArtefacts(PINS, BASE, { store: other, fetch: whole.fetch });

  const tooLong = memoryArtefacts();
  await tooLong.putPartial(PINS.key!, new Uint8Array(9_000_000));
  const strict = server((_file, range) =>
    range > 5_000_000 ? new Response(null, { status: 416 }) : undefined,
  );
  await loadArtefacts(PINS, BASE, { store: tooLong, fetch: strict.fetch });
});

test('a changed file is refused and not kept', async () => {
  const store = memoryArtefacts();
  const { fetch } = server((file) => {
    if (file !== 'zkid.key.bin') return undefined;
    const bytes = artefact(file);
    bytes[500_000]! ^= 1;
    return new Response(bytes as Uint8Array<ArrayBuffer>);
  });
  await assert.rejects(loadArtefacts(PINS, BASE, { store, fetch }), { code: 'ARTEFACT_MISMATCH' });
  assert.equal(await store.get(PINS.key!), undefined);
});

test('what was changed in the store is loaded again', async () => {
  const store = memoryArtefacts();
  await store.put(PINS.wasm, new Uint8Array([1, 2, 3]));
  const { asked, fetch } = server();
  const { wasm } = await loadArtefacts(PINS, BASE, { store, fetch });
  assert.ok(asked.includes('zkid.wasm'));
  assert.deepEqual(wasm, artefact('zkid.wasm'));
});

test('a development key cannot be passed off as a production one', async () => {
  const { fetch } = server();
  await assert.rejects(
    loadArtefacts({ ...PINS, development: false }, BASE, { store: memoryArtefacts(), fetch }),
    { code: 'ARTEFACT_CEREMONY' },
  );
});

test('wants an absolute folder, and says which file is missing', async () => {
  const { fetch } = server(() => new Response(null, { status: 404 }));
  const store = memoryArtefacts();
  await assert.rejects(loadArtefacts(PINS, '/circuits/', { store, fetch }), { code: 'ARTEFACT_UNREACHABLE' });
  await assert.rejects(loadArtefacts(PINS, BASE, { store, fetch }), /zkid\.vkey\.json: HTTP 404/);
});
