import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type Address,
  concat,
  getContractAddress,
  type Hex,
  keccak256,
  numberToHex,
  stringToHex,
  zeroHash,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { LightClient, type LightClientOptions } from '../../src/light-client/light-client.ts';
import { memoryStore, type Store } from '../../src/light-client/store.ts';
import type { Transport } from '../../src/light-client/transport.ts';
import {
  type BlockRecord,
  type Chain,
  openExecutionChain,
  openMainchain,
} from '../../src/node/chain/chain.ts';
import { memberKey, signDigest } from '../../src/node/committee/bls.ts';
import { type Attestation, attestationDigest, type Committee } from '../../src/protocol/attestation.ts';
import { aggregateSignatures } from '../../src/protocol/bls.ts';
import { committeeHash } from '../../src/protocol/committee.ts';
import { toHskError, HskError } from '../../src/protocol/errors.ts';
import { outputRoot } from '../../src/protocol/output-root.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import { decodeQbftExtra } from '../../src/protocol/qbft.ts';

const REGISTRY: Address = '0x00000000000000000000000000000000000a0c40';
const LOCKBOX: Address = '0x4200000000000000000000000000000000000016';

/** These tests use no service. */
const NOWHERE = 'http://nowhere.invalid';

/** sstore(calldata[0:32], calldata[32:64]): a registry that says whatever the test wants it to. */
const WRITER: Hex = '0x6020356000355500';

export const EMITTER: Address = '0x0000000000000000000000000000000000000e01';
/** log1(calldata[0:32]) with empty data. */
const EMITTER_CODE: Hex = '0x60003560006000a100';

const key = (label: string): Hex => keccak256(stringToHex(`light client test ${label}`));
export const holder = privateKeyToAccount(key('holder'));

/** Who seals the mainchain. */
export const validatorKeys = [0, 1, 2, 3].map((index) => key(`validator ${index}`));

/** A member whose key the test holds. */
const members = [0, 1, 2, 3].map((index) => {
  const secret = Buffer.from(key(`member ${index}`).slice(2), 'hex');
  secret[0] = 1;
  return { secret, ...memberKey(secret) };
});

/**
 * Both chains for real, in this process, with a committee and a registry that the test moves by hand: so
 * that it can also make them contradict themselves.
 */
export class SmallDeployment {
  committee: Committee = { epoch: 1n, threshold: 3, keys: members.map((m) => m.publicKey) };
  latest: unknown = null;
  #nonce = 0;
  #executionNonce = 0;

  private constructor(
    readonly mainchain: Chain,
    readonly execution: Chain,
    readonly directory: string,
  ) {}

  static async open(): Promise<SmallDeployment> {
    const directory = await mkdtemp(path.join(tmpdir(), 'hsk-light-'));
    const rich = { [holder.address]: { balance: 10n ** 24n } };
    const { epoch, committees } = anchorRegistrySlots;
    const hash = committeeHash(
      3,
      members.map((m) => m.eip2537Key),
    );
    const mainchain = await openMainchain({
      directory: path.join(directory, 'mainchain'),
      validatorKeys,
      periodSeconds: 1,
      alloc: {
        ...rich,
        [REGISTRY]: {
          nonce: 1n,
          code: WRITER,
          storage: {
            [numberToHex(epoch, { size: 32 })]: numberToHex(1n, { size: 32 }),
            [mapping(1n, committees)]: hash,
          },
        },
      },
    });
    const execution = await openExecutionChain({
      directory: path.join(directory, 'execution'),
      gatherMs: 10,
      alloc: {
        ...rich,
        [EMITTER]: { nonce: 1n, code: EMITTER_CODE, storage: { [zeroWord(2)]: zeroWord(9) } },
        [LOCKBOX]: { nonce: 1n, code: '0x00', storage: { [zeroWord(5)]: zeroWord(7) } },
      },
    });
    const deployment = new SmallDeployment(mainchain, execution, directory);
    execution.extend({
      hsk_getAttestation: async () => deployment.latest,
      hsk_getCommittee: async () => plain(deployment.committee),
      hsk_getAnchor: async () => null,
    });
    await deployment.attest(execution.head());
    return deployment;
  }

  /** What the registry holds for the first epoch. */
  get committeeHash(): Hex {
    return committeeHash(
      3,
      members.map((m) => m.eip2537Key),
    );
  }

  /** The profile of the first epoch, whatever the registry says by now. */
  get firstProfile(): ChainProfile {
    const genesis = this.mainchain.block(0)!;
    return {
      version: 1,
      name: 'small',
      mainchain: {
        chainId: this.mainchain.chainId,
        rpcUrls: ['http://mainchain.invalid'],
        checkpoint: {
          number: 0n,
          hash: genesis.hash,
          validators: decodeQbftExtra(genesis.header.extraData).validators,
        },
        finalityDepth: 2,
        contracts: { anchorRegistry: REGISTRY, vault: REGISTRY, stablecoin: REGISTRY },
      },
      execution: {
        chainId: this.execution.chainId,
        rpcUrls: ['http://execution.invalid'],
        currency: 'HSK',
        contracts: { lockbox: LOCKBOX, stablecoin: LOCKBOX, identityRegistry: LOCKBOX, settlement: LOCKBOX },
      },
      committee: { ...this.committee, epoch: 1n, threshold: 3 },
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
  }

  /** Signs a block with all members but those absent, and makes it the newest attestation. */
  async attest(block: BlockRecord, change: Partial<Attestation> = {}, signers = [0, 1, 2]): Promise<void> {
    const attestation: Attestation = {
      executionChainId: BigInt(this.execution.chainId),
      epoch: this.committee.epoch,
      committeeHash: committeeHash(
        this.committee.threshold,
        members.map((m) => m.eip2537Key),
      ),
      blockNumber: block.header.number,
      blockHash: block.hash,
      outputRoot: await this.outputRoot(block),
      dataHash: zeroHash,
      dataLength: 1n,
      expiry: BigInt(Math.floor(Date.now() / 1000) + 600),
      previous: zeroHash,
      ...change,
    };
    const digest = attestationDigest(
      { mainchainId: this.mainchain.chainId, anchorRegistry: REGISTRY },
      attestation,
    );
    const bits = signers.reduce((bitmap, index) => bitmap | (1 << index), 0);
    this.latest = plain({
      attestation,
      bitmap: numberToHex(bits, { size: 1 }),
      signature: aggregateSignatures(
        'short',
        signers.map((index) => signDigest(digest, members[index]!.secret)),
      ),
    });
  }

  /** The same members under a new epoch and threshold, registered on the mainchain. */
  async changeEpoch(epoch: bigint): Promise<void> {
    this.committee = { ...this.committee, epoch, threshold: 2 };
    const hash = committeeHash(
      2,
      members.map((m) => m.eip2537Key),
    );
    await this.write(mapping(epoch, anchorRegistrySlots.committees), hash);
    await this.write(numberToHex(anchorRegistrySlots.epoch, { size: 32 }), numberToHex(epoch, { size: 32 }));
  }

  async outputRoot({ header, hash }: BlockRecord): Promise<Hex> {
    const proof = await this.execution.request('eth_getProof', [LOCKBOX, [], numberToHex(header.number)]);
    const { storageHash } = proof as { storageHash: Hex };
    return outputRoot({
      stateRoot: header.stateRoot,
      messagePasserStorageRoot: storageHash,
      latestBlockhash: hash,
    });
  }

  /** Writes an anchor into the registry and waits for its mainchain block. */
  async anchor(blockNumber: bigint, root: Hex): Promise<void> {
    const { anchors, latestBlock } = anchorRegistrySlots;
    await this.write(mapping(blockNumber, anchors), root);
    await this.write(numberToHex(latestBlock, { size: 32 }), numberToHex(blockNumber, { size: 32 }));
  }

  async write(slot: Hex, value: Hex): Promise<void> {
    await this.mainchain.request('eth_sendRawTransaction', [
      await sign(this.mainchain.chainId, this.#nonce++, REGISTRY, 0n, concat([slot, value])),
    ]);
    await this.mainchain.produce();
  }

  /** Sends value on the execution chain; returns the block it is in. */
  async transfer(
    to: Address,
    value: bigint,
    data: Hex = '0x',
  ): Promise<{ block: BlockRecord; raw: Hex; hash: Hex }> {
    const raw = await this.signed(to, value, data);
    await this.execution.request('eth_sendRawTransaction', [raw]);
    return { block: await this.execution.produce(), raw, hash: keccak256(raw) };
  }

  /** Deploys a contract on the execution chain and attests the block. */
  async deploy(bytecode: Hex): Promise<Address> {
    const nonce = this.#executionNonce++;
    const raw = await holder.signTransaction({
      chainId: this.execution.chainId,
      nonce,
      data: bytecode,
      value: 0n,
      gas: 8_000_000n,
      maxFeePerGas: 10_000_000_000n,
      maxPriorityFeePerGas: 0n,
    });
    await this.execution.request('eth_sendRawTransaction', [raw]);
    await this.attest(await this.execution.produce());
    return getContractAddress({ from: holder.address, nonce: BigInt(nonce) }).toLowerCase() as Address;
  }

  /** A transaction of the holder's on the execution chain, not sent yet. */
  signed(to: Address, value: bigint, data: Hex = '0x'): Promise<Hex> {
    return sign(this.execution.chainId, this.#executionNonce++, to, value, data);
  }

  /** A light client on these chains; `lie` may alter any answer on its way. */
  client(options: LightClientOptions & { lie?: Lie; store?: Store } = {}): LightClient {
    const { lie = (_chain, _method, _params, answer) => answer, ...rest } = options;
    return new LightClient({
      store: memoryStore(),
      intervals: { mainchain: 100, execution: 50, eager: 20 },
      transport: (_urls, name) => through(this[name], name, lie),
      ...rest,
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.mainchain.close(), this.execution.close()]);
    await rm(this.directory, { recursive: true, force: true });
  }
}

export type Lie = (
  chain: 'mainchain' | 'execution',
  method: string,
  params: readonly unknown[],
  answer: unknown,
) => unknown;

function through(chain: Chain, name: 'mainchain' | 'execution', lie: Lie): Transport {
  return {
    async request(method, params) {
      let answer: unknown;
      try {
        answer = await chain.request(method, [...params]);
      } catch (error) {
        throw new HskError('RPC_ERROR', toHskError(error).message);
      }
      return lie(name, method, params, structuredClone(answer));
    },
  };
}

/** keccak(abi.encode(key, slot)). */
export function mapping(entry: bigint, slot: bigint): Hex {
  return keccak256(concat([numberToHex(entry, { size: 32 }), numberToHex(slot, { size: 32 })]));
}

function zeroWord(value: number): Hex {
  return numberToHex(value, { size: 32 });
}

function plain(value: object): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, entry: unknown) => (typeof entry === 'bigint' ? entry.toString() : entry)),
  );
}

function sign(chainId: number, nonce: number, to: Address, value: bigint, data: Hex = '0x'): Promise<Hex> {
  return holder.signTransaction({
    chainId,
    nonce,
    to,
    value,
    data,
    gas: 200_000n,
    maxFeePerGas: 10_000_000_000n,
    maxPriorityFeePerGas: 0n,
  });
}
