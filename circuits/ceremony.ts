/**
 * `npm run circuits`: makes the circuit's keys. Without a command it runs the development ceremony, with `--check` it
 * compares a rebuild with what is committed; the commands are the steps of a real one.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { HskError } from '../src/protocol/errors.ts';
import { closeWithBeacon } from './ceremony/beacon.ts';
import { checkPins } from './ceremony/check-pins.ts';
import { compileCircuit, type CompiledCircuit, inWorkFolder, ZKID } from './ceremony/circuit.ts';
import { contribute } from './ceremony/contribute.ts';
import { developmentCeremony } from './ceremony/development.ts';
import { finishCeremony } from './ceremony/finish.ts';
import { startCeremony } from './ceremony/start.ts';
import { verifyKey } from './ceremony/verify.ts';

const USAGE = `npm run circuits                   the development ceremony: reproducible, its secrets are public
npm run circuits -- --check        rebuilds it and compares with what is committed; exit code 1 when anything differs

A ceremony for production (circuits/README.md):
npm run circuits -- start PTAU [--out FILE]
    the key before anybody contributed, from powersOfTau28_hez_final_12.ptau
    --out FILE           default zkid_0000.zkey
npm run circuits -- contribute IN OUT --name NAME
    adds randomness of this machine's operating system and forgets it; prints the hash to publish
npm run circuits -- beacon IN OUT --hex HEX --iterations N
    closes with public randomness that was announced beforehand
    --hex HEX            16 to 255 bytes
    --iterations N       sha256 is iterated 2^N times, 10 to 32
npm run circuits -- verify R1CS PTAU ZKEY
    checks everything anew and prints the transcript; exit code 1 when it does not hold
npm run circuits -- finish ZKEY --ptau PTAU [--into FOLDER] [--library FILE] [--development]
    verifies, then writes the browser's key, the verification key, the pins and the verifier's library
    --into FOLDER        default circuits/artifacts
    --library FILE       default src/contracts/lib/ZkidKey.sol
    --development        accepts a key that lacks what production asks, and marks it

npm run circuits -- pins FOLDER [--pins FILE]
    compares the artefacts in a folder with pins
    --pins FILE          default FOLDER/pins.json
npm run circuits -- help
`;

const say = (message: string) => console.log(`[circuits] ${message}`);
const here = import.meta.dirname;

function withZkid(work: (compiled: CompiledCircuit) => Promise<void>): Promise<void> {
  return inWorkFolder((folder) => {
    say('compiling zkid.circom');
    return work(compileCircuit(ZKID, folder));
  });
}

interface Arguments {
  files: string[];
  options: Partial<Record<string, string | boolean>>;
}

/** How many files each command takes, and what it does with them. */
const COMMANDS: Record<string, { files: number; run(given: Arguments): Promise<void> }> = {
  start: {
    files: 1,
    run: ({ files: [ptau], options }) =>
      withZkid((compiled) => startCeremony(compiled, ptau!, String(options['out'] ?? 'zkid_0000.zkey'), say)),
  },
  contribute: {
    files: 2,
    run: async ({ files: [from, to], options }) => {
      await contribute(from!, to!, String(options['name'] ?? ''), say);
    },
  },
  beacon: {
    files: 2,
    run: ({ files: [from, to], options }) =>
      closeWithBeacon(
        from!,
        to!,
        { hex: String(options['hex'] ?? ''), iterationsLog2: Number(options['iterations'] ?? Number.NaN) },
        say,
      ),
  },
  verify: {
    files: 3,
    run: async ({ files: [r1cs, ptau, zkey] }) => {
      const { length } = await verifyKey(r1cs!, ptau!, zkey!, say);
      say(`the key holds; ${length} contributions`);
    },
  },
  pins: {
    files: 1,
    run: async ({ files: [folder], options }) => {
      const file = String(options['pins'] ?? path.join(folder!, 'pins.json'));
      for (const name of checkPins(folder!, file)) say(`${name} is as pinned`);
    },
  },
  finish: {
    files: 1,
    run: ({ files: [zkey], options }) => {
      if (options['ptau'] === undefined) throw usage('finish verifies the key and needs --ptau');
      const finish = {
        ptau: String(options['ptau']),
        into: String(options['into'] ?? path.join(here, 'artifacts')),
        library: String(options['library'] ?? path.join(here, '../src/contracts/lib/ZkidKey.sol')),
        development: options['development'] === true,
      };
      return withZkid((compiled) => finishCeremony(compiled, zkey!, finish, say));
    },
  },
};

function usage(details: string): HskError {
  return new HskError('CEREMONY_USAGE', 'This is not how it is called', {
    details,
    action: 'npm run circuits -- help',
  });
}

async function run(args: string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      check: flag,
      development: flag,
      out: text,
      name: text,
      hex: text,
      iterations: text,
      ptau: text,
      into: text,
      library: text,
      pins: text,
    },
  });
  const [name, ...files] = positionals;
  if (name === 'help') return void console.log(USAGE);
  if (name === undefined) {
    const check = values.check === true;
    const different = await developmentCeremony({ check }, say);
    if (!check) return say('written to circuits/artifacts');
    if (different.length > 0) throw new HskError('CEREMONY_DIFFERENT', `Different: ${different.join(', ')}`);
    return say('the committed artefacts are reproduced');
  }
  const command = COMMANDS[name];
  if (!command) throw usage(`there is no command ${name}`);
  if (files.length !== command.files)
    throw usage(`${name} takes ${command.files} files, not ${files.length}`);
  await command.run({ files, options: values });
}

try {
  await run(process.argv.slice(2));
  // snarkjs leaves its threads running.
  process.exit(0);
} catch (error) {
  console.error(`[circuits] ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
