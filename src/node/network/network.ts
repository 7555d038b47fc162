import { readFileSync } from 'node:fs';
import type { Address, Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { address, hex, integer, list, object, oneOf, type Parser, text } from '../../protocol/parse.ts';
import { type Access, parseAccess } from '../../protocol/profile.ts';
import type { MemberKey } from '../committee/bls.ts';
import { expandKey, expandSignature, inRegistryOrder } from '../committee/scheme.ts';
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
  committee: { scheme: 'bls' | 'ecdsa'; threshold: number; members: NetworkMember[] };
  /** Base URLs, no slash at the end. */
  services: Record<'gateway' | 'bridge' | 'issuer' | 'desk' | 'faucet' | 'hsp' | 'facilitator', string>;
}

export interface NetworkMember {
  name: string;
  url: string;
  /** 96 bytes of compressed G2, or an address. */
  publicKey: Hex;
  /** 48 bytes of compressed G1, or 65 of a signed message. */
  possession: Hex;
}

const chainParts = { chainId: integer, url: text };

const parseMembers: Parser<Network['committee']> = (value, path) => {
  const { scheme } = object<Pick<Network['committee'], 'scheme'>>({ scheme: oneOf('bls', 'ecdsa') })(
    value,
    path,
  );
  const [publicKey, possession] = scheme === 'ecdsa' ? [hex(20), hex(65)] : [hex(96), hex(48)];
  return object<Network['committee']>({
    scheme: () => scheme,
    threshold: integer,
    members: list(object<NetworkMember>({ name: text, url: text, publicKey, possession }), 256),
  })(value, path);
};

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
  committee: parseMembers,
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

/** The members in the order in which they are registered. */
export function registeredMembers({ committee }: Network): NetworkMember[] {
  return inRegistryOrder(committee.members);
}

/** The members' keys as the registry takes them. */
export function memberKeys(network: Network): MemberKey[] {
  return registeredMembers(network).map(({ publicKey, possession }) => ({
    publicKey,
    possession,
    eip2537Key: expandKey(publicKey),
    eip2537Possession: expandSignature(possession),
  }));
}
