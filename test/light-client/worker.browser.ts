import { expect } from 'chai';
import { connectLightClient } from '../../src/light-client/connect.ts';
import type { LightClientStatus } from '../../src/light-client/light-client-api.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { createEthereumWorker } from '../../src/light-client/ethereum-worker.ts';
import { type ChainProfile, parseProfile } from '../../src/protocol/profile.ts';
import ethereumProfile from '../elements/recorded/ethereum-profile.json';

const zeros = `0x${'00'.repeat(32)}` as const;
const account = `0x${'00'.repeat(20)}` as const;

/** A deployment that nobody serves. */
const profile: ChainProfile = {
  version: 1,
  name: 'nowhere',
  mainchain: {
    chainId: 31177,
    rpcUrls: ['http://127.0.0.1:9/mainchain'],
    checkpoint: { number: 0n, hash: zeros, validators: [account] },
    finalityDepth: 2,
    contracts: { anchorRegistry: account, vault: account, stablecoin: account },
  },
  execution: {
    chainId: 31178,
    rpcUrls: ['http://127.0.0.1:9/execution'],
    currency: 'HSK',
    contracts: { lockbox: account, stablecoin: account, identityRegistry: account, settlement: account },
  },
  committee: { epoch: 1n, threshold: 1, keys: [] },
  services: { committee: [], issuer: '', desk: '', hsp: '', facilitator: '' },
  hsp: { adapters: [] },
  products: [],
  circuit: { name: '', r1cs: zeros, wasm: zeros, zkey: zeros, vkey: zeros, development: true },
};

async function rejection(promise: Promise<unknown>): Promise<HskError> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(HskError);
    return error as HskError;
  }
  throw new Error('nothing was refused');
}

describe('light client worker', () => {
  it('carries typed errors whole and answers nothing before it was started', async () => {
    const client = connectLightClient();
    const error = await rejection(client.read({ kind: 'account', address: account }));
    expect(error.code).to.equal('LIGHT_CLIENT_NOT_STARTED');
    expect(error.action).to.be.a('string');
    client.terminate();
  });

  it('tells its listeners that nobody answers', async () => {
    const client = connectLightClient();
    const unreachable = new Promise<LightClientStatus>((resolve) => {
      void client.subscribe((status) => {
        if (status.phase === 'unreachable') resolve(status);
      });
    });
    await client.start(profile);
    expect((await unreachable).error?.code).to.equal('TRANSPORT_UNREACHABLE');
    client.terminate();
  });

  it('is another worker for a mainchain that is proven from Ethereum', async () => {
    const rooted = parseProfile(ethereumProfile);
    const sealed = connectLightClient();
    expect((await rejection(sealed.start(rooted))).code).to.equal('MAINCHAIN_ROOT_OTHER');
    sealed.terminate();
    const client = connectLightClient({ createWorker: createEthereumWorker });
    expect((await rejection(client.start(profile))).code).to.equal('MAINCHAIN_ROOT_OTHER');
    const unreachable = new Promise<LightClientStatus>((resolve) => {
      void client.subscribe((status) => {
        if (status.phase === 'unreachable') resolve(status);
      });
    });
    await client.start(rooted);
    expect((await unreachable).error?.code).to.match(/^TRANSPORT_/);
    client.terminate();
  });

  it('reports a worker that the host does not let start', async () => {
    const client = connectLightClient({
      createWorker: () => new Worker('/no-such-worker.js', { type: 'module' }),
    });
    expect((await rejection(client.status())).code).to.equal('LIGHT_CLIENT_WORKER');
    client.terminate();
  });
});
