/**
 * Compiles the contracts with solc from npm and writes what TypeScript imports: `abi/<Name>.ts` (ABI and
 * storage slots) and `bytecode/<Name>.ts`. The output depends on the sources and on pinned packages only.
 *
 *   npm run contracts            writes
 *   npm run contracts -- --check compares, exit code 1 when something is stale
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import solc from 'solc';
import { zkidKeyLibrary } from './zkid-key.ts';

const here = path.dirname(fileURLToPath(import.meta.url));
const repository = path.resolve(here, '../..');
const verificationKey = path.join(repository, 'circuits/artifacts/zkid.vkey.json');

/** What is deployed; everything else under `interfaces` and `lib` is imported by these. */
export const CONTRACTS = [
  'AccessRegistry',
  'AnchorRegistry',
  'BlsAnchorRegistry',
  'DvPSettlement',
  'EcdsaAnchorRegistry',
  'FundToken',
  'HongKongDollar',
  'IdentityRegistry',
  'Lockbox',
  'MandateRegistry',
  'MandateSettlement',
  'Vault',
  'ZkidVerifier',
] as const;

export interface StorageVariable {
  label: string;
  offset: number;
  slot: string;
}

export interface CompiledContract {
  abi: readonly unknown[];
  bytecode: `0x${string}`;
  deployedBytecode: `0x${string}`;
  storage: StorageVariable[];
}

interface SolcOutput {
  errors?: { formattedMessage: string; sourceLocation?: { file: string } }[];
  contracts?: Record<
    string,
    Record<
      string,
      {
        abi: unknown[];
        evm: { bytecode: { object: string }; deployedBytecode: { object: string } };
        storageLayout: { storage: StorageVariable[] };
      }
    >
  >;
}

/**
 * Compiles Solidity files.
 *
 * @param files paths relative to the repository; every contract in them is returned, by name.
 * @throws Error with solc's messages, warnings included: the contracts are kept free of them.
 */
export function compile(files: readonly string[]): Record<string, CompiledContract> {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(
      files.map((file) => [file, { content: readFileSync(path.join(repository, file), 'utf8') }]),
    ),
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'prague',
      // Code depends on code alone: comments and paths leave no trace in what is deployed and pinned.
      metadata: { appendCBOR: false },
      outputSelection: {
        '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'storageLayout'] },
      },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as SolcOutput;
  // OpenZeppelin's warning about transient storage is not ours to mend.
  const messages = (output.errors ?? []).filter(
    ({ sourceLocation }) => !sourceLocation?.file.startsWith('@openzeppelin/'),
  );
  if (messages.length > 0)
    throw new Error(messages.map(({ formattedMessage }) => formattedMessage).join('\n'));
  const compiled: Record<string, CompiledContract> = {};
  for (const file of files)
    for (const [name, { abi, evm, storageLayout }] of Object.entries(output.contracts?.[file] ?? {}))
      compiled[name] = {
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
        storage: storageLayout.storage,
      };
  return compiled;
}

function readImport(file: string): { contents: string } | { error: string } {
  const found = [repository, path.join(repository, 'node_modules')]
    .map((root) => path.join(root, file))
    .find((candidate) => existsSync(candidate));
  return found ? { contents: readFileSync(found, 'utf8') } : { error: `${file} not found` };
}

/** Every generated file by its path relative to `src/contracts`. */
export function artefacts(): Record<string, string> {
  const compiled = compile(CONTRACTS.map((name) => `src/contracts/${name}.sol`));
  const files: Record<string, string> = { 'lib/ZkidKey.sol': zkidKey() };
  for (const name of CONTRACTS) {
    const contract = compiled[name];
    if (!contract) throw new Error(`${name}.sol does not define a contract of that name`);
    files[`abi/${name}.ts`] = abiModule(name, contract);
    // An abstract contract has an interface and a layout, and nothing to deploy.
    if (contract.bytecode !== '0x') files[`bytecode/${name}.ts`] = bytecodeModule(name, contract);
  }
  return files;
}

function zkidKey(): string {
  return zkidKeyLibrary(JSON.parse(readFileSync(verificationKey, 'utf8')));
}

function abiModule(name: string, { abi, storage }: CompiledContract): string {
  const entries = abi.map((entry) => `  ${JSON.stringify(withoutInternalTypes(entry))},\n`).join('');
  // Packed variables share a word and are not read by slot.
  const slots = storage
    .filter(({ offset }) => offset === 0)
    .map(({ label, slot }) => `  ${label.replace(/^_+/, '')}: ${slot}n,\n`)
    .join('');
  return `${banner(name)}export const ${variable(name)}Abi = [\n${entries}] as const;

/** Storage slots of the contract's variables. */
export const ${variable(name)}Slots = {\n${slots}} as const;\n`;
}

function bytecodeModule(name: string, { bytecode, deployedBytecode }: CompiledContract): string {
  return `${banner(name)}export const ${variable(name)}Bytecode =\n  '${bytecode}' as const;

/** What stands on chain, immutables still zero. */
export const ${variable(name)}DeployedBytecode =\n  '${deployedBytecode}' as const;\n`;
}

/** Solidity's own type names are of no use to a caller and would double the size. */
function withoutInternalTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutInternalTypes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'internalType')
      .map(([key, entry]) => [key, withoutInternalTypes(entry)]),
  );
}

function banner(name: string): string {
  return `// Generated from ${name}.sol by src/contracts/compile.ts; do not edit.\n`;
}

/** `HongKongDollar` to `hongKongDollar`, `DvPSettlement` to `dvPSettlement`. */
function variable(name: string): string {
  return name[0]!.toLowerCase() + name.slice(1);
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Writes what changed; with `check` only names it. */
export function build({ check }: { check: boolean }): string[] {
  const key = path.join(here, 'lib/ZkidKey.sol');
  if (!check && read(key) !== zkidKey()) writeFileSync(key, zkidKey());
  const stale: string[] = [];
  for (const [file, content] of Object.entries(artefacts())) {
    const target = path.join(here, file);
    if (read(target) === content) continue;
    stale.push(file);
    if (check) continue;
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  return stale;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const stale = build({ check });
  for (const file of stale) console.log(`${check ? 'stale' : 'wrote'} src/contracts/${file}`);
  if (check && stale.length > 0) process.exit(1);
}
