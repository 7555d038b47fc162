import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { curves, groth16 as snarkjs, type MemoryFile, powersOfTau } from 'snarkjs';
import { closeWithBeacon } from '../../circuits/ceremony/beacon.ts';
import { compileCircuit, type CircuitSource, type CompiledCircuit } from '../../circuits/ceremony/circuit.ts';
import { contribute } from '../../circuits/ceremony/contribute.ts';
import { contributionsTo } from '../../circuits/ceremony/contributions.ts';
import { DEVELOPMENT } from '../../circuits/ceremony/development.ts';
import { finishCeremony } from '../../circuits/ceremony/finish.ts';
import { missingForProduction } from '../../circuits/ceremony/production.ts';
import { startCeremony } from '../../circuits/ceremony/start.ts';
import { verifyKey } from '../../circuits/ceremony/verify.ts';
import { sha256 } from '../../circuits/ceremony/write-artefacts.ts';
import { isKnownCeremony } from '../../src/identity/ceremony.ts';
import { openCircuit } from '../../src/identity/prove.ts';
import { singleThreadedCurve } from './circuit-fixture.ts';

const TINY: CircuitSource = {
  name: 'tiny',
  file: fileURLToPath(new URL('tiny.circom', import.meta.url)),
};
const BEACON = { hex: 'c0ffee'.repeat(10), iterationsLog2: 10 };
const folder = mkdtempSync(path.join(tmpdir(), 'hsk-ceremony-'));
const at = (file: string) => path.join(folder, file);
const file = (name: string) => new Uint8Array(readFileSync(at(name)));
const said: string[] = [];
const say = (message: string) => void said.push(message);
const ptau = at('final.ptau');
let tiny: CompiledCircuit;

/** Powers of tau of our own, with one contribution. */
async function homemade(power: number, to: string): Promise<void> {
  const curve = await curves.getCurveFromName('bn128');
  const [empty, unprepared, prepared] = [{ type: 'mem' }, { type: 'mem' }, { type: 'mem' }] as MemoryFile[];
  await powersOfTau.newAccumulator(curve, power, empty!);
  await powersOfTau.contribute(empty!.data!, unprepared!, 'test', 'not secret');
  await powersOfTau.preparePhase2(unprepared!.data!, prepared!);
  writeFileSync(`${to}.unprepared`, unprepared!.data!);
  writeFileSync(to, prepared!.data!);
}

before(async () => {
  await singleThreadedCurve();
  await homemade(5, ptau);
  tiny = compileCircuit(TINY, folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of a file with one bit turned. */
function bent(name: string, offset: number): string {
  const bytes = file(name);
  bytes[offset < 0 ? bytes.length + offset : offset]! ^= 1;
  const to = at(`${name}.bent${offset}`);
  writeFileSync(to, bytes);
  return to;
}

test('starts a key, which nobody can take for finished', async () => {
  await startCeremony(tiny, ptau, at('0.zkey'), say);
  assert.deepEqual(contributionsTo(file('0.zkey')), []);
  assert.match(said.join('\n'), /blake2b [0-9a-f]{128}\n.*counts as a development key/);
  await assert.rejects(startCeremony(tiny, ptau, at('0.zkey'), say), { code: 'CEREMONY_EXISTS' });
  await assert.rejects(startCeremony(tiny, tiny.r1cs, at('x.zkey'), say), { code: 'CEREMONY_FILE' });
  await homemade(2, at('small.ptau'));
  for (const wrong of ['small.ptau', 'final.ptau.unprepared'])
    await assert.rejects(startCeremony(tiny, at(wrong), at('x.zkey'), say), { code: 'CEREMONY_PHASE_ONE' });
  assert.ok(
    !existsSync(at('x.zkey')) && !existsSync(at('x.zkey.unfinished')),
    'nothing is left half written',
  );
});

test('three people contribute, each by randomness of their own', async () => {
  const hashes = [];
  for (const [index, name] of ['Ada', 'Grace', 'Emmy'].entries())
    hashes.push(await contribute(at(`${index}.zkey`), at(`${index + 1}.zkey`), name, say));
  assert.deepEqual(
    contributionsTo(file('3.zkey')).map(({ name }) => name),
    ['Ada', 'Grace', 'Emmy'],
  );
  const again = await contribute(at('0.zkey'), at('1b.zkey'), 'Ada', say);
  assert.equal(new Set([...hashes, again]).size, 4, 'the same name does not make the same contribution');
  await assert.rejects(contribute(at('3.zkey'), at('4.zkey'), 'Ada', say), { code: 'CEREMONY_NAME' });
  await assert.rejects(contribute(at('3.zkey'), at('4.zkey'), ' ', say), { code: 'CEREMONY_NAME' });
  await assert.rejects(contribute(at('3.zkey'), at('2.zkey'), 'Mary', say), { code: 'CEREMONY_EXISTS' });
  await assert.rejects(contribute(ptau, at('4.zkey'), 'Mary', say), { code: 'CEREMONY_FILE' });
  writeFileSync(at('cut.zkey'), readFileSync(at('3.zkey')).subarray(0, -100));
  await assert.rejects(contribute(at('cut.zkey'), at('4.zkey'), 'Mary', say), { code: 'CEREMONY_FILE' });
});

test('a beacon closes it once, with randomness that is public', async () => {
  const close = (change: Partial<typeof BEACON>, from = '3.zkey', to = 'final.zkey') =>
    closeWithBeacon(at(from), at(to), { ...BEACON, ...change }, say);
  for (const change of [
    { hex: '' },
    { hex: 'xyz' },
    { hex: 'ab' },
    { hex: DEVELOPMENT.beacon },
    { iterationsLog2: 9 },
    { iterationsLog2: 64 },
    { iterationsLog2: Number.NaN },
  ])
    await assert.rejects(close(change), { code: 'CEREMONY_BEACON' }, JSON.stringify(change));
  await assert.rejects(close({}, '0.zkey'), { code: 'CEREMONY_BEACON' }, 'nobody contributed');
  await close({});
  assert.deepEqual(contributionsTo(file('final.zkey')).at(-1)?.beacon, BEACON);
  await assert.rejects(close({}, 'final.zkey', 'x.zkey'), { code: 'CEREMONY_CLOSED' });
  await assert.rejects(contribute(at('final.zkey'), at('x.zkey'), 'Mary', say), { code: 'CEREMONY_CLOSED' });
});

test('verifies the whole transcript, and refuses what was changed', async () => {
  said.length = 0;
  const contributions = await verifyKey(tiny.r1cs, ptau, at('final.zkey'), say);
  assert.equal(contributions.length, 4);
  for (const name of ['Ada', 'Grace', 'Emmy', 'Final beacon', BEACON.hex])
    assert.ok(
      said.some((line) => line.includes(name)),
      name,
    );
  // Of another circuit, of other powers of tau, and with a bit turned in the last point and in a transcript.
  const other = path.join(import.meta.dirname, '../../circuits/artifacts/zkid.r1cs');
  await assert.rejects(verifyKey(other, ptau, at('final.zkey'), say), { code: 'CEREMONY_INVALID' });
  await homemade(5, at('other.ptau'));
  await assert.rejects(verifyKey(tiny.r1cs, at('other.ptau'), at('final.zkey'), say), {
    code: 'CEREMONY_INVALID',
  });
  for (const offset of [Math.floor(file('final.zkey').length / 2), -500, -20])
    await assert.rejects(verifyKey(tiny.r1cs, ptau, bent('final.zkey', offset), say), {
      code: 'CEREMONY_INVALID',
    });
  await assert.rejects(verifyKey(tiny.r1cs, at('final.zkey'), ptau, say), { code: 'CEREMONY_FILE' });
});

test('finishes: the key as browsers load it proves, and snarkjs accepts', async () => {
  const options = { ptau, into: at('artifacts'), library: at('ZkidKey.sol') };
  await assert.rejects(
    finishCeremony(tiny, at('final.zkey'), options, say),
    ({ code, details }: { code?: string; details?: string }) =>
      code === 'CEREMONY_NOT_PRODUCTION' && details === 'it lacks powers of tau of a public ceremony',
  );
  assert.ok(!existsSync(options.into) && !existsSync(options.library));
  await finishCeremony(tiny, at('final.zkey'), { ...options, development: true }, say);
  const made = (name: string) => file(path.join('artifacts', name));
  const pins = JSON.parse(Buffer.from(made('pins.json')).toString('utf8'));
  assert.equal(pins.development, true);
  for (const [part, name] of Object.entries({
    r1cs: 'tiny.r1cs',
    wasm: 'tiny.wasm',
    zkey: 'tiny.zkey',
    vkey: 'tiny.vkey.json',
    key: 'tiny.key.bin',
    curve: 'bn128.wasm',
  }))
    assert.equal(pins[part], sha256(path.join(options.into, name)), part);
  const vkey = JSON.parse(Buffer.from(made('tiny.vkey.json')).toString('utf8'));
  assert.match(readFileSync(options.library, 'utf8'), new RegExp(`\\b${vkey.IC[6][1]}\\b`));

  const { program, groth16 } = await openCircuit({
    wasm: made('tiny.wasm'),
    key: made('tiny.key.bin'),
    curve: made('bn128.wasm'),
    vkey,
  });
  const witness = await program.calculate({ secret: '3', scope: '5', today: '7', binding: '11' });
  const { signals, proof } = await groth16.prove(witness, {});
  assert.deepEqual(signals, [45n, 27n, 25n, 5n, 7n, 11n]);
  const strings = (pair: readonly bigint[]) => pair.map(String);
  const theirs = {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: [...strings(proof.a), '1'],
    pi_b: [...proof.b.map(strings), ['1', '0']],
    pi_c: [...strings(proof.c), '1'],
  };
  assert.ok(await snarkjs.verify(vkey, strings(signals), theirs));
  assert.ok(!(await snarkjs.verify(vkey, strings(signals.with(0, 46n)), theirs)));
});

test('says what a key lacks that value may depend on', () => {
  const hermez = '20491192805390485299153009773594534940189261866228447918068658471970481763042';
  const key = { vk_alpha_1: [hermez, '1', '1'] };
  const closed = [
    { name: 'Ada' },
    { name: 'Grace' },
    { name: 'Emmy' },
    { name: 'Final beacon', beacon: BEACON },
  ];
  assert.ok(isKnownCeremony(key));
  assert.deepEqual(missingForProduction(key, closed, true), []);
  assert.equal(missingForProduction(key, closed, false).length, 1);
  assert.equal(missingForProduction({ vk_alpha_1: ['1', '1', '1'] }, closed, true).length, 1);
  assert.equal(missingForProduction(key, closed.slice(1), true).length, 1);
  assert.equal(missingForProduction(key, closed.slice(0, 3), true).length, 1);
  assert.equal(missingForProduction(key, [closed[0]!, closed[0]!, closed[0]!, closed[3]!], true).length, 1);
});

test('the commands tell how they are called, and end with 1 where something is wrong', async () => {
  const call = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'circuits/ceremony.ts', ...args], {
      cwd: path.join(import.meta.dirname, '../..'),
    }).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      ({ code, stderr }: { code: number; stderr: string }) => ({ code, text: stderr }),
    );
  const [help, none, wrong, verified] = await Promise.all([
    call('help'),
    call('destroy'),
    call('contribute', tiny.r1cs, at('y.zkey'), '--name', 'Mary'),
    call('verify', tiny.r1cs, ptau, at('final.zkey')),
  ]);
  assert.equal(help.code, 0);
  for (const command of ['start', 'contribute', 'beacon', 'verify', 'finish'])
    assert.match(help.text, new RegExp(`circuits -- ${command} `));
  assert.deepEqual([none.code, wrong.code], [1, 1]);
  assert.match(none.text, /no command destroy/);
  assert.match(wrong.text, /not a proving key/);
  assert.equal(verified.code, 0, verified.text);
  assert.match(verified.text, /contribution #3 Emmy.*\n(.*\n)*.*the key holds; 4 contributions/);
});
