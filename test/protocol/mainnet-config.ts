import type { BeaconConfig } from '../../src/protocol/beacon-config.ts';

export const MAINNET: BeaconConfig = {
  preset: 'mainnet',
  genesisTime: 1606824023,
  secondsPerSlot: 12,
  genesisValidatorsRoot: '0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95',
  forks: [
    { name: 'altair', epoch: 74240, version: '0x01000000' },
    { name: 'bellatrix', epoch: 144896, version: '0x02000000' },
    { name: 'capella', epoch: 194048, version: '0x03000000' },
    { name: 'deneb', epoch: 269568, version: '0x04000000' },
    { name: 'electra', epoch: 364032, version: '0x05000000' },
    { name: 'fulu', epoch: 411392, version: '0x06000000' },
  ],
};
