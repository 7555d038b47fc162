import { existsSync, readFileSync } from 'node:fs';
import type { Address, Hex } from 'viem';
import { address, hex, list, object, optional, type Parser, text, uint } from '../../protocol/parse.ts';
import { bigintToString } from '../../protocol/evidence.ts';
import { writeDurably } from '../keys/durable-file.ts';

/** What stands where, written once when the contracts are in place. */
export interface Deployment {
  mainchain: { anchorRegistry: Address; vault: Address; stablecoin: Address };
  execution: {
    lockbox: Address;
    stablecoin: Address;
    identityRegistry: Address;
    settlement: Address;
    /** Older deployments have neither. */
    mandateRegistry?: Address | undefined;
    mandateSettlement?: Address | undefined;
    /** The block that the first attested one follows. Older deployments do not say: it is the chain's first. */
    attestedAfter?: { number: bigint; hash: Hex } | undefined;
  };
  products: { symbol: string; token: Address; termsHash: Hex }[];
}

const parseDeployment: Parser<Deployment> = object<Deployment>({
  mainchain: object<Deployment['mainchain']>({
    anchorRegistry: address,
    vault: address,
    stablecoin: address,
  }),
  execution: object<Deployment['execution']>({
    lockbox: address,
    stablecoin: address,
    identityRegistry: address,
    settlement: address,
    mandateRegistry: optional(address),
    mandateSettlement: optional(address),
    attestedAfter: optional(
      object<NonNullable<Deployment['execution']['attestedAfter']>>({ number: uint, hash: hex(32) }),
    ),
  }),
  products: list(
    object<Deployment['products'][number]>({ symbol: text, token: address, termsHash: hex(32) }),
  ),
});

export function readDeployment(file: string): Deployment | undefined {
  return existsSync(file) ? parseDeployment(JSON.parse(readFileSync(file, 'utf8')), file) : undefined;
}

export function writeDeployment(file: string, deployment: Deployment): void {
  writeDurably(file, `${JSON.stringify(deployment, bigintToString, 2)}\n`);
}
