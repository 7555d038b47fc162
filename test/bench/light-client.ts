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
import { verifyAttestation } from '../../src/protocol/verify-attestation.ts';

export interface LightClientFigures {
  /** Milliseconds from `start` with an empty store to the first verified head. */
  coldMs: number;
  /** The same with what the visit before had verified. */
  warmMs: number;
  /** Milliseconds of CPU for one attestation, committee prepared. */
  attestationCpuMs: number;
  /** Milliseconds of CPU for one account proof. */
  balanceProofCpuMs: number;
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

/** Milliseconds of CPU per round, after one round to warm up. */
function cpu(rounds: number, work: () => unknown): number {
  work();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / rounds;
}
