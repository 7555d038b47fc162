import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bytesToHex, type Hex } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount } from 'viem/accounts';
import { HskError } from '../../protocol/errors.ts';
import { writeDurably } from './durable-file.ts';
import { nativeAccount } from './native-account.ts';

/** Every account that the node itself holds, one key each. */
export const ROLES = [
  'deployer',
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

export interface NodeKeys {
  /** secp256k1 keys that seal mainchain headers. */
  validators: Hex[];
  /** BLS12-381 secret scalars of the committee, in member order. */
  members: Uint8Array[];
  accounts: Record<Role, PrivateKeyAccount>;
}

export const VALIDATORS = 4;
export const MEMBERS = 4;

/**
 * The keys in `directory`, each in a file of its own that only its owner may read. Missing ones are made
 * at random, so a first start that was cut short continues with what it had.
 *
 * @throws `KEYS_DAMAGED` when a file does not hold 32 bytes of hex
 */
export function loadOrCreateKeys(directory: string): NodeKeys {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const key = (name: string, create: () => Hex): Hex => {
    const file = path.join(directory, `${name}.key`);
    if (!existsSync(file)) writeDurably(file, `${create()}\n`, 0o600);
    const value = readFileSync(file, 'utf8').trim();
    if (!/^0x[0-9a-f]{64}$/.test(value))
      throw new HskError('KEYS_DAMAGED', 'A key file does not hold a key', {
        details: file,
        action: 'Restore it from a backup. Deleting it would give the node another identity.',
      });
    return value as Hex;
  };
  const numbered = (name: string, count: number, create: () => Hex) =>
    Array.from({ length: count }, (_, index) => key(`${name}-${index}`, create));
  return {
    validators: numbered('validator', VALIDATORS, generatePrivateKey),
    members: numbered('member', MEMBERS, () => bytesToHex(bls12_381.utils.randomSecretKey())).map((value) =>
      Uint8Array.from(Buffer.from(value.slice(2), 'hex')),
    ),
    accounts: Object.fromEntries(
      ROLES.map((role) => [role, nativeAccount(key(role, generatePrivateKey))]),
    ) as Record<Role, PrivateKeyAccount>,
  };
}
