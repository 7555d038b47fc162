import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Address, Hex } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { writeDurably } from '../../src/node/keys/durable-file.ts';
import { HskError } from '../../src/protocol/errors.ts';

/**
 * The merchant's address. Budgets name it, so its key is made once and kept; without a file it lasts as long
 * as the process.
 *
 * @throws `MERCHANT_KEY`
 */
export function merchantAccount(keyFile?: string): Address {
  if (keyFile === undefined) return lower(privateKeyToAddress(generatePrivateKey()));
  if (!existsSync(keyFile)) {
    mkdirSync(path.dirname(keyFile), { recursive: true, mode: 0o700 });
    writeDurably(keyFile, `${generatePrivateKey()}\n`, 0o600);
  }
  const key = readFileSync(keyFile, 'utf8').trim();
  if (!/^0x[0-9a-f]{64}$/.test(key))
    throw new HskError('MERCHANT_KEY', 'The merchant’s key file does not hold a key', {
      details: keyFile,
      action: 'Restore it from a backup: what was paid to it can only be spent with it.',
    });
  return lower(privateKeyToAddress(key as Hex));
}

function lower(address: Address): Address {
  return address.toLowerCase() as Address;
}
