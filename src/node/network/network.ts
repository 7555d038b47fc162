import { readFileSync } from 'node:fs';
import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { address, hex, integer, list, object, oneOf, type Parser, text } from '../../protocol/parse.ts';
import { type Access, parseAccess } from '../../protocol/profile.ts';
import { type MemberKey, expandKey, expandSignature } from '../committee/bls.ts';
import { type Role, ROLES } from '../keys/node-keys.ts';

/**
 * What every process of one network knows of the others: public facts only. The chain profile, which clients
 * pin, follows from it and from what was deployed.
 */
export interface Network {
  version: 1;
  mainchain: { chainId: number; url: string; validators: Address[] };
  execution: {
    chainId: number;
    /** Where the chain itself answers; clients ask the gateway, which adds attestations and anchors. */
    url: string;
    /** `foreign`: another program's chain, attached as it is. */
    engine: 'embedded' | 'foreign';
    /** Rules of the embedded engine; a foreign one has its own. */
    access: Access;
  };
  accounts: Record<Role, Address>;
  committee: { threshold: number; members: NetworkMember[] };
  /** Base URLs, no slash at the end. */
  services: Record<'gateway' | 'bridge' | 'issuer' | 'desk' | 'faucet' | 'hsp' | 'facilitator', string>;
}

export interface NetworkMember {
  name: string;
  url: string;
  /** 96 bytes, compressed G2. */
  publicKey: Hex;
  /** 48 bytes, compressed G1. */
  possession: Hex;
}

const chainParts = { chainId: integer, url: text };

const parseNetwork: Parser<Network> = object<Network>({
  version: oneOf(1) as Parser<1>,
  mainchain: object<Network['mainchain']>({ ...chainParts, validators: list(address) }),
  execution: object<Network['execution']>({
    ...chainParts,
    engine: oneOf('embedded', 'foreign'),
    access: parseAccess,
  }),
  accounts: object<Network['accounts']>(
    Object.fromEntries(ROLES.map((role) => [role, address])) as Record<Role, Parser<Address>>,
  ),
  committee: object<Network['committee']>({
    threshold: integer,
    members: list(
      object<NetworkMember>({ name: text, url: text, publicKey: hex(96), possession: hex(48) }),
      256,
    ),
  }),
  services: object<Network['services']>({
    gateway: text,
    bridge: text,
    issuer: text,
    desk: text,
    faucet: text,
    hsp: text,
    facilitator: text,
  }),
});

/** @throws `NETWORK_FILE` when the file is missing or is no network */
export function readNetwork(file: string): Network {
  try {
    return parseNetwork(JSON.parse(readFileSync(file, 'utf8')), 'network');
  } catch (cause) {
    throw new HskError('NETWORK_FILE', 'The network file cannot be read', {
      details: file,
      action: 'Give --network the file that `hsk-node init` wrote.',
      cause,
    });
  }
}

/** The members' keys as the registry takes them. */
export function memberKeys({ committee }: Network): MemberKey[] {
  return committee.members.map(({ publicKey, possession }) => ({
    publicKey,
    possession,
    eip2537Key: expandKey(publicKey),
    eip2537Possession: expandSignature(possession),
  }));
}
