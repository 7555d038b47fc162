import { numberToHex } from 'viem';
import { LightClient } from '../../src/light-client/light-client.ts';
import { stepMainchain } from '../../src/light-client/follow-mainchain.ts';
import { LinkedHeaders } from '../../src/light-client/linked-headers.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { httpTransport } from '../../src/light-client/transport.ts';
import { parseEip1186, verifyAccountProof } from '../../src/protocol/account-proof.ts';
import { parseSignedAttestation } from '../../src/protocol/attestation.ts';
import { PreparedCommittee } from '../../src/protocol/prepared-committee.ts';
import { headerFromRpc } from '../../src/protocol/header-from-rpc.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import { qbftBlockHash } from '../../src/protocol/qbft.ts';
import { LongMainchain } from './long-mainchain.ts';
import type { BeaconConfig } from '../../src/protocol/beacon-config.ts';
import { beaconRoot } from '../../src/protocol/beacon-header.ts';
import { bootstrapStore, processUpdate } from '../../src/protocol/sync-protocol.ts';
import { fromBeaconJson, parseBootstrap, parseSyncUpdate } from '../../src/protocol/sync-update.ts';
import { verifyAttestation } from '../../src/protocol/verify-attestation.ts';
import { BeaconWorld, PAYLOAD } from '../light-client/beacon-world.ts';
import { MAINNET } from '../protocol/mainnet-config.ts';
import { vector } from '../protocol/vectors.ts';

export interface LightClientFigures {
  /** Milliseconds from `start` with an empty store to the first verified head. */
  coldMs: number;
  /** The same with what the visit before had verified. */
  warmMs: number;
  /** Milliseconds of CPU for one attestation, committee prepared. */
  attestationCpuMs: number;
  /** Milliseconds of CPU for one account proof. */
  balanceProofCpuMs: number;
  /** Milliseconds of CPU for one update of Ethereum's mainnet, committee known. */
  syncUpdateCpuMs: number;
  /** Milliseconds of CPU over 46 periods with committees of 512, 26 of them absent. */
  syncCatchUpCpuMs: number;
}

/** Measures the light client against a running node; nothing is stubbed. */
export async function measureLightClient(profile: ChainProfile): Promise<LightClientFigures> {
  const store = memoryStore();
  const coldMs = await timeToHead(profile, store);
  const warmMs = await timeToHead(profile, store);
  return {
    coldMs,
    warmMs,
    attestationCpuMs: await attestationCpu(profile),
    balanceProofCpuMs: await balanceProofCpu(profile),
    syncUpdateCpuMs: syncUpdateCpu(),
    syncCatchUpCpuMs: syncCatchUpCpu(),
  };
}

/** Ten thousand headers of a chain in this process, followed from the first to the last. */
export async function measureSkips(): Promise<{ changes: number; requests: number; milliseconds: number }[]> {
  const figures = [];
  for (const epoch of [20_000, 5000, 2000]) {
    const chain = new LongMainchain(10_000, epoch);
    const begun = performance.now();
    const { path } = await stepMainchain(
      chain.checkpoint(),
      chain,
      new LinkedHeaders(chain, qbftBlockHash, 512),
      2,
    );
    figures.push({
      changes: path.length,
      requests: chain.requests,
      milliseconds: performance.now() - begun,
    });
  }
  return figures;
}

/** Milliseconds until the client is live. */
export async function timeToHead(profile: ChainProfile, store = memoryStore()): Promise<number> {
  const client = new LightClient({ store });
  const begun = performance.now();
  await client.start(profile);
  await new Promise<void>((resolve) => {
    void client.subscribe(({ phase }) => {
      if (phase === 'live') resolve();
    });
  });
  const took = performance.now() - begun;
  client.stop();
  return took;
}

export async function attestationCpu(profile: ChainProfile, rounds = 20): Promise<number> {
  const transport = httpTransport(profile.execution.rpcUrls);
  const signed = parseSignedAttestation(
    await transport.request('hsk_getAttestation', ['latest']),
    'attestation',
  );
  const committee = new PreparedCommittee(profile.committee);
  return cpu(rounds, () =>
    verifyAttestation({
      signed,
      domain: {
        mainchainId: profile.mainchain.chainId,
        anchorRegistry: profile.mainchain.contracts.anchorRegistry,
      },
      committee,
      executionChainId: profile.execution.chainId,
      now: signed.attestation.expiry - 1n,
    }),
  );
}

export async function balanceProofCpu(profile: ChainProfile, rounds = 200): Promise<number> {
  const transport = httpTransport(profile.execution.rpcUrls);
  const { stateRoot, number } = headerFromRpc(
    await transport.request('eth_getBlockByNumber', ['latest', false]),
  );
  const address = profile.execution.contracts.stablecoin;
  const { accountProof: proof } = parseEip1186(
    await transport.request('eth_getProof', [address, [], numberToHex(number)]),
  );
  return cpu(rounds, () => verifyAccountProof({ stateRoot, address, proof }));
}

/** The real finality update of mainnet's recorded committees, over and over. */
export function syncUpdateCpu(rounds = 20): number {
  const read = (name: string) => vector<{ data: unknown }>(`sync-committee/mainnet-capella/${name}.json`);
  const dataOf = ({ data }: { data: unknown }) => fromBeaconJson(data);
  const bootstrap = parseBootstrap(dataOf(read('bootstrap')), 'bootstrap');
  const finality = parseSyncUpdate(dataOf(read('finality')), 'finality');
  const updates = vector<{ data: unknown }[]>('sync-committee/mainnet-capella/updates.json');
  let store = bootstrapStore(MAINNET, beaconRoot(bootstrap.header.beacon), bootstrap);
  for (const update of updates)
    store = processUpdate(MAINNET, store, parseSyncUpdate(dataOf(update), 'update'), finality.signatureSlot);
  return cpu(rounds, () => processUpdate(MAINNET, store, finality, finality.signatureSlot));
}

/** Made updates of mainnet's size: each names a new committee, and none of its keys is known before. */
export function syncCatchUpCpu(periods = 46): number {
  const config: BeaconConfig = {
    ...MAINNET,
    forks: [{ name: 'electra', epoch: 0, version: '0x05000000' }],
  };
  const world = new BeaconWorld(config);
  const bootstrap = world.bootstrap(64, PAYLOAD);
  const updates = Array.from({ length: periods }, (_, period) =>
    world.update({
      attestedSlot: period * 8192 + 4000,
      finalizedSlot: period * 8192 + 3936,
      payload: PAYLOAD,
      withNext: true,
      signers: 486,
    }),
  );
  const before = process.cpuUsage();
  let store = bootstrapStore(config, beaconRoot(bootstrap.header.beacon), bootstrap);
  for (const update of updates) store = processUpdate(config, store, update, update.signatureSlot);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Milliseconds of CPU per round, after one round to warm up. */
function cpu(rounds: number, work: () => unknown): number {
  work();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / rounds;
}
