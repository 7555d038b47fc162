import type { Hex } from 'viem';
import { HskError } from './errors.ts';
import { hex, integer, invalid, object, oneOf, optional, type Parser } from './parse.ts';
import { bytesRoot, merkleize, rootHex } from './ssz.ts';

/** The forks of the beacon chain that this client knows the light-client formats of, oldest first. */
export const FORKS = ['altair', 'bellatrix', 'capella', 'deneb', 'electra', 'fulu'] as const;
export type ForkName = (typeof FORKS)[number];

/** What tells one beacon chain from another. */
export interface BeaconConfig {
  /** Sizes: committees of 512 keys for 8192 slots, or of 32 for 64 (`minimal`, for tests). */
  preset: 'mainnet' | 'minimal';
  /** Seconds since 1970. */
  genesisTime: number;
  secondsPerSlot: number;
  genesisValidatorsRoot: Hex;
  /** When each fork begins and what signatures name it by (4 bytes); a fork not listed never begins. */
  forks: { name: ForkName; epoch: number; version: Hex }[];
}

const PRESETS = {
  mainnet: { slotsPerEpoch: 32, epochsPerPeriod: 256, committeeSize: 512 },
  minimal: { slotsPerEpoch: 8, epochsPerPeriod: 8, committeeSize: 32 },
} as const;

export function presetOf({ preset }: BeaconConfig): (typeof PRESETS)[keyof typeof PRESETS] {
  return PRESETS[preset];
}

export function epochOf(config: BeaconConfig, slot: number): number {
  return Math.floor(slot / presetOf(config).slotsPerEpoch);
}

/** A sync committee serves for one period. */
export function periodOf(config: BeaconConfig, slot: number): number {
  return Math.floor(epochOf(config, slot) / presetOf(config).epochsPerPeriod);
}

/** @param now seconds since 1970 */
export function slotAt(config: BeaconConfig, now: bigint): number {
  return Math.max(0, Math.floor((Number(now) - config.genesisTime) / config.secondsPerSlot));
}

/** Seconds since 1970 at which the slot begins. */
export function slotTime(config: BeaconConfig, slot: number): bigint {
  return BigInt(config.genesisTime + slot * config.secondsPerSlot);
}

/** @throws `FORK_UNKNOWN` before Altair, which brought sync committees */
export function forkAt(config: BeaconConfig, slot: number): BeaconConfig['forks'][number] {
  const epoch = epochOf(config, slot);
  const fork = config.forks.findLast((candidate) => candidate.epoch <= epoch);
  if (!fork)
    throw new HskError('FORK_UNKNOWN', 'No sync committee served at this slot', { details: `slot ${slot}` });
  return fork;
}

export function atLeastFork(fork: ForkName, wanted: ForkName): boolean {
  return FORKS.indexOf(fork) >= FORKS.indexOf(wanted);
}

/** Generalised indices in the beacon state of a fork: Electra's state has more than 32 fields, one level more. */
export function stateIndices(fork: ForkName): { finalized: number; current: number; next: number } {
  return atLeastFork(fork, 'electra')
    ? { finalized: 169, current: 86, next: 87 }
    : { finalized: 105, current: 54, next: 55 };
}

/** Generalised index of the execution payload in a block body, since Capella. */
export const EXECUTION_INDEX = 25;

const DOMAIN_SYNC_COMMITTEE = '0x07000000';

/**
 * What a sync committee signs when it signs a header: the header's root under the domain of the fork in force
 * one slot before the signature's.
 */
export function syncSigningRoot(config: BeaconConfig, headerRoot: Hex, signatureSlot: number): Hex {
  const { version } = forkAt(config, Math.max(signatureSlot, 1) - 1);
  const forkData = rootHex(merkleize([bytesRoot(version), bytesRoot(config.genesisValidatorsRoot)]));
  const domain: Hex = `${DOMAIN_SYNC_COMMITTEE}${forkData.slice(2, 58)}`;
  return rootHex(merkleize([bytesRoot(headerRoot), bytesRoot(domain)]));
}

const forks: Parser<BeaconConfig['forks']> = (value, path) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > FORKS.length)
    throw invalid(path, 'a list of forks', value);
  const parsed = value.map((entry, index) =>
    object<BeaconConfig['forks'][number]>({ name: oneOf(...FORKS), epoch: integer, version: hex(4) })(
      entry,
      `${path}[${index}]`,
    ),
  );
  parsed.forEach(({ name, epoch }, index) => {
    const before = parsed[index - 1];
    if (before && (before.epoch > epoch || FORKS.indexOf(before.name) >= FORKS.indexOf(name)))
      throw invalid(`${path}[${index}]`, 'after the fork before it', name);
  });
  return parsed;
};

export const parseBeaconConfig: Parser<BeaconConfig> = (value, path) => {
  const parsed = object<Omit<BeaconConfig, 'preset'> & { preset: BeaconConfig['preset'] | undefined }>({
    preset: optional(oneOf('mainnet', 'minimal')),
    genesisTime: integer,
    secondsPerSlot: integer,
    genesisValidatorsRoot: hex(32),
    forks,
  })(value, path);
  if (parsed.secondsPerSlot === 0) throw invalid(`${path}.secondsPerSlot`, 'a time', 0);
  return { ...parsed, preset: parsed.preset ?? 'mainnet' };
};
