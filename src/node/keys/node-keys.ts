import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, type Hex, hexToBytes } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount } from 'viem/accounts';
import { HskError } from '../../protocol/errors.ts';
import { writeDurably } from './durable-file.ts';
import { nativeAccount } from './native-account.ts';

/** Every account that the node itself holds, one key each. */
export const ROLES = [
  'deployer',
  'sequencer',
  'anchorer',
  'relayer',
  'issuer',
  'desk',
  'treasury',
  'faucet',
  'facilitator',
  'hspOperator',
] as const;
export type Role = (typeof ROLES)[number];

/** Accounts by role; to read one that this process does not hold throws `KEYS_NOT_HELD`. */
export type Accounts = Readonly<Record<Role, PrivateKeyAccount>>;

export interface NodeKeys {
  /** secp256k1 keys that seal mainchain headers. */
  validators: Hex[];
  /** BLS12-381 secret scalars of the committee, in member order. */
  members: Uint8Array[];
  accounts: Accounts;
}

export const VALIDATORS = 4;
export const MEMBERS = 4;

/**
 * The key in a file that only its owner may read; a missing one is made.
 *
 * @throws `KEYS_DAMAGED` when the file does not hold 32 bytes of hex
 */
export function loadOrCreateKey(file: string, create: () => Hex): Hex {
  if (!existsSync(file)) writeDurably(file, `${create()}\n`, 0o600);
  return loadKey(file);
}

/** @throws `KEYS_MISSING`, `KEYS_DAMAGED` */
export function loadKey(file: string): Hex {
  if (!existsSync(file))
    throw new HskError('KEYS_MISSING', 'There is no such key file', {
      details: file,
      action: 'Give the path of a file that holds 0x and 64 hexadecimal digits.',
    });
  const value = readFileSync(file, 'utf8').trim();
  if (!/^0x[0-9a-f]{64}$/.test(value))
    throw new HskError('KEYS_DAMAGED', 'A key file does not hold a key', {
      details: file,
      action: 'Restore it from a backup. Deleting it would give the node another identity.',
    });
  return value as Hex;
}

/** A BLS12-381 secret scalar for `loadOrCreateKey`. */
export function randomMemberKey(): Hex {
  return bytesToHex(bls12_381.utils.randomSecretKey());
}

/**
 * The keys in `directory`, each in a file of its own that only its owner may read. Missing ones are made
 * at random, so a first start that was cut short continues with what it had.
 *
 * @throws `KEYS_DAMAGED` when a file does not hold 32 bytes of hex
 */
export function loadOrCreateKeys(directory: string): NodeKeys {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return keysFrom((name, create) => loadOrCreateKey(keyFile(directory, name), create));
}

/** Keys of a new network, and the same by the names of their files. */
export interface NewKeys {
  keys: NodeKeys;
  secrets: Readonly<Record<string, Hex>>;
}

export function makeKeys(): NewKeys {
  const secrets: Record<string, Hex> = {};
  return { keys: keysFrom((name, create) => (secrets[name] = create())), secrets };
}

function keysFrom(key: (name: string, create: () => Hex) => Hex): NodeKeys {
  const numbered = (name: string, count: number, create: () => Hex) =>
    Array.from({ length: count }, (_, index) => key(`${name}-${index}`, create));
  return {
    validators: numbered('validator', VALIDATORS, generatePrivateKey),
    members: numbered('member', MEMBERS, randomMemberKey).map((value) => hexToBytes(value)),
    accounts: Object.fromEntries(
      ROLES.map((role) => [role, nativeAccount(key(role, generatePrivateKey))]),
    ) as Record<Role, PrivateKeyAccount>,
  };
}

/** The accounts whose keys lie in `directory`; none is made. @throws `KEYS_DAMAGED` */
export function loadAccounts(directory: string): Accounts {
  const held = Object.fromEntries(
    ROLES.filter((role) => existsSync(keyFile(directory, role))).map((role) => [
      role,
      nativeAccount(loadKey(keyFile(directory, role))),
    ]),
  );
  return new Proxy(held, {
    get(accounts, role) {
      if (typeof role === 'symbol' || role in accounts) return accounts[role as string];
      throw new HskError('KEYS_NOT_HELD', `This process does not hold the key of the ${role}`, {
        details: keyFile(directory, role),
        action: 'Put the key file there, or run this part where the key is.',
      });
    },
  }) as Accounts;
}

/** The validators' keys in `directory`, in the order of their numbers. @throws `KEYS_DAMAGED`, `KEYS_NOT_HELD` */
export function loadValidators(directory: string): Hex[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const numbers = names.flatMap((name) => /^validator-(\d+)\.key$/.exec(name)?.[1] ?? []).map(Number);
  if (numbers.length === 0)
    throw new HskError('KEYS_NOT_HELD', 'This process does not hold the keys of the validators', {
      details: keyFile(directory, 'validator-0'),
      action: 'Put the key files there, or run the mainchain where they are.',
    });
  return numbers
    .toSorted((a, b) => a - b)
    .map((number) => loadKey(keyFile(directory, `validator-${number}`)));
}

function keyFile(directory: string, name: string): string {
  return path.join(directory, `${name}.key`);
}
