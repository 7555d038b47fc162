import type { Address } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import type { Access } from '../../protocol/profile.ts';
import { memberKey } from '../committee/bls.ts';
import { type NodeKeys, type Role, ROLES } from '../keys/node-keys.ts';
import type { Network } from './network.ts';

export const MAINCHAIN_ID = 31177;
export const EXECUTION_ID = 31178;
/** Members whose signatures make an attestation. */
const THRESHOLD = 3;

/** The network of one process that holds all keys and serves every part below `baseUrl`. */
export function localNetwork(
  keys: NodeKeys,
  baseUrl: string,
  access: Access,
  foreign?: { url: string; chainId: number },
): Network {
  return {
    version: 1,
    mainchain: {
      chainId: MAINCHAIN_ID,
      url: `${baseUrl}/mainchain`,
      validators: validatorAddresses(keys.validators),
    },
    execution: foreign
      ? { ...foreign, engine: 'foreign', access }
      : { chainId: EXECUTION_ID, url: `${baseUrl}/execution`, engine: 'embedded', access },
    accounts: addressesOf(keys),
    committee: {
      threshold: THRESHOLD,
      members: keys.members.map((secret, index) => {
        const { publicKey, possession } = memberKey(secret);
        return { name: `member ${index}`, url: `${baseUrl}/committee/${index}`, publicKey, possession };
      }),
    },
    services: {
      gateway: `${baseUrl}/execution`,
      bridge: baseUrl,
      issuer: `${baseUrl}/issuer`,
      desk: `${baseUrl}/desk`,
      faucet: `${baseUrl}/faucet`,
      hsp: `${baseUrl}/hsp`,
      facilitator: `${baseUrl}/x402`,
    },
  };
}

export function addressesOf({ accounts }: Pick<NodeKeys, 'accounts'>): Record<Role, Address> {
  return Object.fromEntries(ROLES.map((role) => [role, accounts[role].address])) as Record<Role, Address>;
}

/** Sorted, as the headers list them. */
export function validatorAddresses(keys: NodeKeys['validators']): Address[] {
  return keys.map((key) => privateKeyToAddress(key).toLowerCase() as Address).toSorted();
}
