import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Address, encodeDeployData, type Hex, parseGwei, zeroHash } from 'viem';
import { blsAnchorRegistryAbi } from '../../src/contracts/abi/BlsAnchorRegistry.ts';
import { blsAnchorRegistryBytecode } from '../../src/contracts/bytecode/BlsAnchorRegistry.ts';
import { type Chain, openExecutionChain, openMainchain } from '../../src/node/chain/chain.ts';
import { createChainClient } from '../../src/node/chain-client.ts';
import { encodeSignedAttestation } from '../../src/node/committee/attestation-store.ts';
import { type ChainTerms, chainTerms } from '../../src/node/committee/check-proposal.ts';
import { formatCommitteeStatus } from '../../src/node/committee/committee-status.ts';
import { startMember } from '../../src/node/committee/member-process.ts';
import { HttpMember } from '../../src/node/committee/http-member.ts';
import { openCommittee, type OpenCommittee } from '../../src/node/committee/open-committee.ts';
import { type CommitteeRegistry, mainchainRegistry } from '../../src/node/committee/registry.ts';
import { rotateCommittee, type Rotation } from '../../src/node/committee/rotate.ts';
import { anchorCall } from '../../src/node/anchorer/anchorer.ts';
import { expandKey } from '../../src/node/committee/bls.ts';
import { committeeLookup } from '../../src/node/anchorer/committee-lookup.ts';
import { type RpcServer, startRpcServer } from '../../src/node/rpc/server.ts';
import { genesisDocument, genesisMethod } from '../../src/node/remote/genesis-method.ts';
import type { SignedAttestation } from '../../src/protocol/attestation.ts';
import { quantity } from '../../src/protocol/parse.ts';
import { type ChainProfile, serializeProfile } from '../../src/protocol/profile.ts';
import { decodeQbftExtra } from '../../src/protocol/qbft.ts';
import { Sender } from '../../src/node/sender.ts';
import { CLI } from './spawn-node.ts';
import { testAccount, VALIDATOR_KEYS } from './chain-fixture.ts';

export const LOCKBOX: Address = '0x4200000000000000000000000000000000000016';
export const owner = testAccount('owner');
export const sequencer = testAccount('sequencer');
export const auditor = testAccount('auditor');
export const holder = testAccount('holder');
/** These tests use no service. */
const NOWHERE = 'http://127.0.0.1:1';

/** A committee member as a process of its own. */
export interface SpawnedMember {
  url: string;
  publicKey: Hex;
  directory: string;
  /** As an account would ask it. */
  as(account: typeof auditor): HttpMember;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Both chains behind a port, the registry on the mainchain, and members in processes of their own. */
export class CommitteeNetwork {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'hsk-members-'));
  readonly reports: string[] = [];
  readonly members: SpawnedMember[] = [];
  /** What the aggregator knows of where members are. */
  urls: string[] = [];
  mainchain!: Chain;
  execution!: Chain;
  rpc!: RpcServer;
  profile!: ChainProfile;
  profileFile = path.join(this.folder, 'profile.json');
  registry!: CommitteeRegistry;
  committee: OpenCommittee | undefined;

  static async open(): Promise<CommitteeNetwork> {
    const network = new CommitteeNetwork();
    network.mainchain = await openMainchain({
      directory: path.join(network.folder, 'mainchain'),
      validatorKeys: VALIDATOR_KEYS,
      alloc: { [owner.address]: { balance: 10n ** 24n } },
      periodSeconds: 1,
    });
    await network.openExecution();
    network.rpc = await startRpcServer({
      chains: { '/mainchain': network.mainchain, '/execution': network.#execution() },
      port: 0,
    });
    network.#describe(await network.#deploy());
    return network;
  }

  async openExecution(): Promise<void> {
    this.execution = await openExecutionChain({
      directory: path.join(this.folder, 'execution'),
      // Blocks come when a test makes them.
      heartbeatMs: 3_600_000,
      gatherMs: 3_600_000,
      alloc: {
        [LOCKBOX]: { code: '0x00', storage: { [`0x${'00'.repeat(31)}07` as Hex]: '0x01' as Hex } },
        [holder.address]: { balance: 10n ** 24n },
      },
    });
    const signed = (wanted: unknown) =>
      wanted === 'latest'
        ? this.committee?.aggregator.latest
        : this.committee?.aggregator.attestation(quantity(wanted, 'block'));
    this.execution.extend({
      ...genesisMethod(path.join(this.folder, 'execution')),
      hsk_getAttestation: async ([block]) => {
        const found = await signed(block);
        return found ? encodeSignedAttestation(found) : null;
      },
      hsk_getAttestationStatus: async () =>
        this.committee ? formatCommitteeStatus(this.committee.aggregator.status()) : null,
      hsk_getCommittee: async ([epoch]) =>
        committeeLookup(
          this.#client(),
          this.profile.mainchain.contracts.anchorRegistry,
        )(quantity(epoch, 'epoch')),
      hsk_getAnchor: async () => null,
    });
  }

  /** Whatever the execution chain is at the moment: it is opened anew while the port stays. */
  #execution(): Chain {
    return new Proxy({} as Chain, {
      get: (_, name) => Reflect.get(this.execution, name) as unknown,
    });
  }

  #client() {
    return createChainClient(this.mainchain, { name: 'Mainchain', currency: 'ETH' });
  }

  async #deploy(): Promise<Address> {
    const { contractAddress } = await new Sender(this.#client(), owner).execute({
      data: encodeDeployData({
        abi: blsAnchorRegistryAbi,
        bytecode: blsAnchorRegistryBytecode,
        args: [owner.address, BigInt(this.execution.chainId), 10n],
      }),
      gas: 5_000_000n,
    });
    return contractAddress!;
  }

  #describe(anchorRegistry: Address): void {
    const genesis = this.mainchain.block(0)!;
    const contracts = { vault: LOCKBOX, stablecoin: LOCKBOX };
    this.profile = {
      version: 1,
      name: 'committee test',
      mainchain: {
        chainId: this.mainchain.chainId,
        rpcUrls: [`${this.rpc.url}/mainchain`],
        checkpoint: {
          number: 0n,
          hash: genesis.hash,
          validators: decodeQbftExtra(genesis.header.extraData).validators,
        },
        finalityDepth: 2,
        contracts: { anchorRegistry, ...contracts },
      },
      execution: {
        chainId: this.execution.chainId,
        rpcUrls: [`${this.rpc.url}/execution`],
        currency: 'HSK',
        contracts: { lockbox: LOCKBOX, ...contracts, identityRegistry: LOCKBOX, settlement: LOCKBOX },
      },
      committee: { epoch: 1n, threshold: 1, keys: [] },
      services: { committee: [], issuer: NOWHERE, desk: NOWHERE, hsp: NOWHERE, facilitator: NOWHERE },
      hsp: { adapters: [] },
      products: [],
      circuit: {
        name: '',
        r1cs: zeroHash,
        wasm: zeroHash,
        zkey: zeroHash,
        vkey: zeroHash,
        development: true,
      },
    };
    this.registry = mainchainRegistry(this.#client(), anchorRegistry);
    this.#writeProfile();
  }

  #writeProfile(): void {
    writeFileSync(this.profileFile, serializeProfile(this.profile));
  }

  get terms(): ChainTerms {
    return chainTerms(this.profile, this.execution.block(0)!.hash);
  }

  /** Transfers so far; set back after a rebuild that lost some. */
  transfers = 0;

  /** `hsk-node committee` from source; a directory used before goes on as the same member. */
  async spawnMember(name: string, options: string[] = []): Promise<SpawnedMember> {
    const directory = path.join(this.folder, name);
    const known = this.members.find((member) => member.directory === directory);
    const port = known ? new URL(known.url).port : '0';
    const child = spawn(
      process.execPath,
      // prettier-ignore
      [...CLI, 'committee', '--data', directory, '--port', port, '--profile', this.profileFile,
        '--sequencer', sequencer.address, '--auditors', auditor.address, '--name', name, '--json', ...options],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
    const line = await new Promise<{ url: string; publicKey: Hex }>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`exit code ${code}: ${words}`)));
      createInterface({ input: child.stdout }).once('line', (text) =>
        resolve(JSON.parse(text) as { url: string; publicKey: Hex }),
      );
    });
    return this.#admit({
      ...line,
      directory,
      as: (account) => new HttpMember({ url: line.url, account }),
      kill: (signal = 'SIGKILL') =>
        new Promise((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once('exit', () => resolve());
          child.kill(signal);
        }),
    });
  }

  /** The same in this process: a start less to wait for, everything else is alike. */
  async hostMember(name: string): Promise<SpawnedMember> {
    const directory = path.join(this.folder, name);
    const known = this.members.find((member) => member.directory === directory);
    const { url, member, close } = await startMember({
      dataDir: directory,
      port: known ? Number(new URL(known.url).port) : 0,
      profile: this.profile,
      sequencer: sequencer.address,
      auditors: [auditor.address],
      publicReads: false,
      name,
      report: () => undefined,
    });
    let closed: Promise<void> | undefined;
    return this.#admit({
      url,
      publicKey: member.key.publicKey,
      directory,
      as: (account) => new HttpMember({ url, account }),
      kill: () => (closed ??= close()),
    });
  }

  #admit(member: SpawnedMember): SpawnedMember {
    const before = this.members.findIndex(({ directory }) => directory === member.directory);
    if (before >= 0) this.members[before] = member;
    else this.members.push(member);
    return member;
  }

  spawnMembers(...names: string[]): Promise<SpawnedMember[]> {
    return Promise.all(names.map((name) => this.spawnMember(name)));
  }

  hostMembers(...names: string[]): Promise<SpawnedMember[]> {
    return Promise.all(names.map((name) => this.hostMember(name)));
  }

  /** Registers these as the committee of the next epoch. The first is the profile's. */
  async register(members: readonly SpawnedMember[], threshold = 3): Promise<Rotation> {
    this.urls = [...new Set([...this.urls, ...members.map(({ url }) => url)])];
    const rotation = await rotateCommittee({
      urls: members.map(({ url }) => url),
      threshold,
      owner,
      registry: this.profile.mainchain.contracts.anchorRegistry,
      mainchainId: this.mainchain.chainId,
      mainchainUrl: `${this.rpc.url}/mainchain`,
    });
    if (rotation.epoch === 1n) {
      this.profile.committee = { epoch: 1n, threshold, keys: rotation.keys };
      this.profile.services.committee = members.map(({ url }) => url);
      this.#writeProfile();
    }
    return rotation;
  }

  async aggregate(): Promise<void> {
    this.committee = await openCommittee({
      directory: path.join(this.folder, 'committee'),
      chain: this.execution,
      terms: this.terms,
      registry: this.registry,
      sequencer,
      urls: () => this.urls,
      genesis: () => genesisDocument(this.execution),
      report: (message) => this.reports.push(message),
    });
  }

  /** Brings an attestation to the registry. */
  async anchor(signed: SignedAttestation): Promise<void> {
    const { keys } = (await this.registry.committee(signed.attestation.epoch))!.committee;
    await new Sender(this.#client(), owner).execute({
      to: this.profile.mainchain.contracts.anchorRegistry,
      data: anchorCall(signed, keys.map(expandKey)),
      gas: 1_500_000n,
    });
  }

  /** One wei, in a block of its own; the transaction's hash. */
  async transfer(to: Address = owner.address): Promise<Hex> {
    const raw = await holder.signTransaction({
      type: 'eip1559',
      chainId: this.execution.chainId,
      nonce: this.transfers++,
      to,
      value: 1n,
      gas: 21_000n,
      maxFeePerGas: parseGwei('10'),
    });
    const hash = (await this.execution.request('eth_sendRawTransaction', [raw])) as Hex;
    await this.execution.produce();
    return hash;
  }

  get head(): bigint {
    return this.execution.head().header.number;
  }

  /** The attestation of a block, once it is there. */
  async attested(blockNumber: bigint, seconds = 20): Promise<SignedAttestation> {
    const { aggregator } = this.committee!;
    for (const until = Date.now() + seconds * 1000; Date.now() < until;) {
      const signed = await aggregator.attestation(blockNumber);
      if (signed) return signed;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`block ${blockNumber} was not attested: ${this.reports.join('\n')}`);
  }

  async close(): Promise<void> {
    const steps = [
      () => this.committee?.close(),
      () => Promise.all(this.members.map((member) => member.kill('SIGTERM'))),
      () => this.rpc.close(),
      () => this.execution.close(),
      () => this.mainchain.close(),
    ];
    // A test that failed halfway may have closed some of it.
    for (const step of steps) await Promise.resolve(step()).catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
