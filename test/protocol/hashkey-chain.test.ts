import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HskError } from '../../src/protocol/errors.ts';
import { parseBeaconConfig } from '../../src/protocol/beacon-config.ts';
import { parseEthereumRoot } from '../../src/protocol/ethereum-root.ts';
import { HASHKEY_CHAINS, hashkeyMainchain } from '../../src/protocol/hashkey-chain.ts';
import { MAINNET } from './mainnet-config.ts';

const own = {
  contracts: {
    anchorRegistry: '0x00000000000000000000000000000000000000a1',
    vault: '0x00000000000000000000000000000000000000a2',
    stablecoin: '0x00000000000000000000000000000000000000a3',
  },
  checkpoint: `0x${'11'.repeat(32)}`,
  beaconUrls: ['https://beacon.invalid'],
  executionUrls: ['https://ethereum.invalid'],
} as const;

const deployment = { ...own, beaconUrls: [...own.beaconUrls], executionUrls: [...own.executionUrls] };

describe('profiles on HashKey Chain', () => {
  it('what is public is completed by the deployment’s own, and parses', () => {
    const { root, rpcUrls, chainId } = hashkeyMainchain(177, deployment);
    assert.equal(chainId, 177);
    assert.deepEqual(rpcUrls, ['https://mainnet.hsk.xyz']);
    assert.deepEqual(parseEthereumRoot(root, 'root'), root);
    // The configuration under which mainnet's recorded committees verify.
    assert.deepEqual(root.beacon, MAINNET);
    assert.equal(root.outputs.kind === 'games' && root.outputs.airGap, 302_400);
  });

  it('nothing is made up: every address that is missing is named', () => {
    const refusal = (run: () => unknown): HskError => {
      try {
        run();
      } catch (error) {
        assert.ok(error instanceof HskError);
        assert.equal(error.code, 'NETWORK_INCOMPLETE');
        return error;
      }
      throw new Error('nothing was missing');
    };
    const all = refusal(() => hashkeyMainchain(177, {})).details!;
    for (const name of ['AnchorRegistry', 'Vault', 'stablecoin', 'checkpoint', 'beacon node', 'eth_getProof'])
      assert.match(all, new RegExp(name));
    assert.doesNotMatch(all, /DisputeGameFactory/);
    const { vault: _vault, ...contracts } = own.contracts;
    assert.match(
      refusal(() => hashkeyMainchain(177, { ...deployment, contracts })).details!,
      /^the address of Vault on HashKey Chain$/,
    );
    // Nobody has published the testnet's contracts on Sepolia.
    assert.match(
      refusal(() => hashkeyMainchain(133, deployment)).details!,
      /^the addresses of DisputeGameFactory and OptimismPortal/,
    );
    const outputs = HASHKEY_CHAINS[177].outputs!;
    assert.equal(hashkeyMainchain(133, { ...deployment, outputs }).root.chainId, 11_155_111);
  });

  it('the fork schedules are in order', () => {
    for (const { beacon } of Object.values(HASHKEY_CHAINS))
      assert.deepEqual(parseBeaconConfig(beacon, 'beacon'), beacon);
  });
});
