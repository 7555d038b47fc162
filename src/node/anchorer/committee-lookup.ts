import { type Address, type Hex, size } from 'viem';
import { anchorRegistryAbi } from '../../contracts/abi/AnchorRegistry.ts';
import type { ChainClient } from '../chain-client.ts';
import { compressKey } from '../committee/bls.ts';

/** A committee as JSON carries it. */
export interface CommitteeJson {
  scheme?: 'ecdsa';
  epoch: string;
  threshold: number;
  keys: Hex[];
}

const ADDRESS_SIZE = 20;

/**
 * Finds the committee of any epoch in the registry's events, old ones too. A client believes it only when
 * its hash is the one that the registry proves.
 */
export function committeeLookup(client: ChainClient, registry: Address) {
  const known = new Map<bigint, CommitteeJson>();
  return async (epoch: bigint): Promise<CommitteeJson | null> => {
    const before = known.get(epoch);
    if (before) return before;
    const [log] = await client.getContractEvents({
      address: registry,
      abi: anchorRegistryAbi,
      eventName: 'CommitteeRegistered',
      args: { epoch },
      fromBlock: 0n,
      strict: true,
    });
    if (!log) return null;
    const { threshold, keys } = log.args;
    const terms = { epoch: epoch.toString(), threshold: Number(threshold) };
    const found: CommitteeJson = keys.every((key) => size(key) === ADDRESS_SIZE)
      ? { scheme: 'ecdsa', ...terms, keys: [...keys] }
      : { ...terms, keys: keys.map(compressKey) };
    known.set(epoch, found);
    return found;
  };
}
