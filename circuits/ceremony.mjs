/**
 * Compiles the circuit and runs the DEVELOPMENT ceremony: no random contribution, a fixed beacon, so that
 * anybody obtains the same bytes and nobody may rely on them: whoever runs this knows the toxic waste and can
 * forge proofs. README.md says what a production ceremony takes.
 *
 * Run: npm run circuits          writes circuits/artifacts (about two minutes)
 *      npm run circuits -- --check    rebuilds into a temporary folder and compares with what is committed
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as snarkjs from 'snarkjs';
import { compactKey } from './compact-key.mjs';
import { wireClasses } from './wire-classes.mjs';

const NAME = 'ZKID DEVELOPMENT CEREMONY - NOT FOR PRODUCTION';
/** The ASCII text ZKID-DEVELOPMENT-NOT-FOR-PRODUC, 32 bytes: plainly no public randomness. */
const BEACON = Buffer.from('ZKID-DEVELOPMENT-NOT-FOR-PRODUC\0').toString('hex');
/** 2^10 iterations of sha256. */
const BEACON_ITERATIONS_LOG2 = 10;
/** The domain is 2^12: 4,085 constraints and 7 public rows. */
const POWER = 12;

const folder = import.meta.dirname;
const check = process.argv.includes('--check');
const work = mkdtempSync(join(tmpdir(), 'zkid-ceremony-'));
const at = (file) => join(work, file);
const say = (message) => console.log(`[circuits] ${message}`);
const sha256 = (file) => `0x${createHash('sha256').update(readFileSync(file)).digest('hex')}`;

try {
  say('writing the Poseidon constants');
  execFileSync(process.execPath, [join(folder, 'generate-poseidon.mjs')]);

  say('compiling zkid.circom with circom2 at O1');
  const circom = createRequire(import.meta.url).resolve('circom2/cli.js');
  execFileSync(process.execPath, [circom, 'zkid.circom', '--r1cs', '--wasm', '--sym', '--O1', '-o', work], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  copyFileSync(at('zkid_js/zkid.wasm'), at('zkid.wasm'));

  say(`phase 1: powers of tau to 2^${POWER}, beacon only`);
  const curve = await snarkjs.curves.getCurveFromName('bn128');
  await snarkjs.powersOfTau.newAccumulator(curve, POWER, at('start.ptau'));
  await snarkjs.powersOfTau.beacon(at('start.ptau'), at('beacon.ptau'), NAME, BEACON, BEACON_ITERATIONS_LOG2);
  await snarkjs.powersOfTau.preparePhase2(at('beacon.ptau'), at('final.ptau'));

  say('phase 2: the key of this circuit, beacon only');
  await snarkjs.zKey.newZKey(at('zkid.r1cs'), at('final.ptau'), at('start.zkey'));
  await snarkjs.zKey.beacon(at('start.zkey'), at('zkid.zkey'), NAME, BEACON, BEACON_ITERATIONS_LOG2);
  if (!(await snarkjs.zKey.verifyFromR1cs(at('zkid.r1cs'), at('final.ptau'), at('zkid.zkey'))))
    throw new Error('snarkjs does not accept the key that it made');
  const vkey = await snarkjs.zKey.exportVerificationKey(at('zkid.zkey'));
  writeFileSync(at('zkid.vkey.json'), `${JSON.stringify(vkey, null, 1)}\n`);

  say('the key as browsers load it, and the curve it is used with');
  const { nVars } = await snarkjs.r1cs.info(at('zkid.r1cs'));
  writeFileSync(
    at('zkid.key.bin'),
    compactKey(readFileSync(at('zkid.zkey')), wireClasses(readFileSync(at('zkid.sym'), 'utf8'), nVars)),
  );
  copyFileSync(createRequire(import.meta.url).resolve('wasmcurves/build/bn128.wasm'), at('bn128.wasm'));

  const pins = {
    name: 'zkid',
    r1cs: sha256(at('zkid.r1cs')),
    wasm: sha256(at('zkid.wasm')),
    zkey: sha256(at('zkid.zkey')),
    vkey: sha256(at('zkid.vkey.json')),
    key: sha256(at('zkid.key.bin')),
    curve: sha256(at('bn128.wasm')),
    development: true,
  };
  writeFileSync(at('pins.json'), `${JSON.stringify(pins, null, 2)}\n`);

  const parts = ['zkid.r1cs', 'zkid.wasm', 'zkid.zkey', 'zkid.vkey.json', 'zkid.key.bin', 'bn128.wasm'];
  const files = [...parts, 'pins.json'];
  const artifacts = join(folder, 'artifacts');
  if (check) {
    const different = files.filter((file) => sha256(at(file)) !== sha256(join(artifacts, file)));
    say(different.length ? `DIFFERENT: ${different.join(', ')}` : 'the committed artefacts are reproduced');
    process.exitCode = different.length ? 1 : 0;
  } else {
    mkdirSync(artifacts, { recursive: true });
    for (const file of files) copyFileSync(at(file), join(artifacts, file));
    say('written to circuits/artifacts');
  }
  await curve.terminate();
} finally {
  rmSync(work, { recursive: true, force: true });
}
