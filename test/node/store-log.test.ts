import assert from 'node:assert/strict';
import { appendFile, open, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { HskError } from '../../src/protocol/errors.ts';
import { AppendLog } from '../../src/node/store/append-log.ts';
import { temporaryDirectory } from './chain-fixture.ts';

const payload = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function load(path: string, from = 0): { log: AppendLog; seen: string[] } {
  const seen: string[] = [];
  const log = AppendLog.open(path, from, (bytes) => seen.push(textOf(bytes)));
  return { log, seen };
}

async function written(path: string, ...texts: string[]): Promise<number[]> {
  const { log } = load(path);
  const places = await Promise.all(texts.map((text) => log.append(payload(text))));
  await log.close();
  return places.map(({ offset }) => offset);
}

test('frames come back in order, from any frame on', async (t) => {
  const path = join(await temporaryDirectory(t), 'log');
  const offsets = await written(path, 'one', 'two', 'three');
  const { log, seen } = load(path);
  assert.deepEqual(seen, ['one', 'two', 'three']);
  assert.equal(textOf(log.read(offsets[1]!)), 'two');
  await log.close();
  const later = load(path, offsets[2]);
  assert.deepEqual(later.seen, ['three']);
  await later.log.close();
});

test('a torn tail of any length is cut off, and the log goes on', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'log');
  const offsets = await written(path, 'one', 'two', 'the last frame');
  const whole = await readFile(path);
  for (let length = offsets[2]! + 1; length < whole.length; length++) {
    const torn = join(directory, `torn-${length}`);
    await appendFile(torn, whole.subarray(0, length));
    const { log, seen } = load(torn);
    assert.deepEqual(seen, ['one', 'two']);
    assert.equal((await stat(torn)).size, offsets[2]);
    await log.append(payload('again'));
    await log.close();
    const after = load(torn);
    assert.deepEqual(after.seen, ['one', 'two', 'again']);
    await after.log.close();
  }
});

test('a last frame with wrong bytes, and a tail of zeros, are torn tails too', async (t) => {
  const directory = await temporaryDirectory(t);
  const wrong = join(directory, 'wrong');
  await written(wrong, 'one', 'two');
  await flip(wrong, (await stat(wrong)).size - 1);
  const first = load(wrong);
  assert.deepEqual(first.seen, ['one']);
  await first.log.close();

  const zeros = join(directory, 'zeros');
  await written(zeros, 'one', 'two');
  await truncate(zeros, (await stat(zeros)).size + 4096);
  const second = load(zeros);
  assert.deepEqual(second.seen, ['one', 'two']);
  await second.log.close();
});

test('damage before good frames is refused, not cut off', async (t) => {
  const path = join(await temporaryDirectory(t), 'log');
  const offsets = await written(path, 'one', 'two', 'three');
  await flip(path, offsets[1]! + 9);
  assert.throws(
    () => load(path),
    (error) => error instanceof HskError && error.code === 'STORE_LOG_CORRUPT',
  );
  assert.ok((await stat(path)).size > offsets[2]!, 'nothing was cut');
});

test('a log shorter than its index says is refused', async (t) => {
  const path = join(await temporaryDirectory(t), 'log');
  await written(path, 'one');
  assert.throws(
    () => load(path, 1000),
    (error) => error instanceof HskError && error.code === 'STORE_LOG_CORRUPT',
  );
});

async function flip(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte[0]! ^= 1;
  await file.write(byte, 0, 1, position);
  await file.close();
}
