import assert from 'node:assert/strict';
import {
  type Abi,
  type Address,
  createClient,
  custom,
  encodeAbiParameters,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  keccak256,
  numberToHex,
  pad,
  type PrivateKeyAccount,
  zeroHash,
} from 'viem';
import { getWithdrawals } from 'viem/op-stack';
import { anchorRegistryAbi } from '../../src/contracts/abi/AnchorRegistry.ts';
import { blsAnchorRegistryAbi } from '../../src/contracts/abi/BlsAnchorRegistry.ts';
import { hongKongDollarAbi, hongKongDollarSlots } from '../../src/contracts/abi/HongKongDollar.ts';
import { lockboxAbi, lockboxSlots } from '../../src/contracts/abi/Lockbox.ts';
import { vaultAbi } from '../../src/contracts/abi/Vault.ts';
import { blsAnchorRegistryBytecode } from '../../src/contracts/bytecode/BlsAnchorRegistry.ts';
import { ecdsaAnchorRegistryBytecode } from '../../src/contracts/bytecode/EcdsaAnchorRegistry.ts';
import { hongKongDollarBytecode } from '../../src/contracts/bytecode/HongKongDollar.ts';
import { lockboxDeployedBytecode } from '../../src/contracts/bytecode/Lockbox.ts';
import { vaultBytecode } from '../../src/contracts/bytecode/Vault.ts';
import { compile } from '../../src/contracts/compile.ts';
import { mappingSlot, slotKey } from '../../src/protocol/anchor.ts';
import { attestationDigest } from '../../src/protocol/attestation.ts';
import { committeeHash } from '../../src/protocol/committee.ts';
import { outputRoot } from '../../src/protocol/output-root.ts';
import { withdrawalHash } from '../../src/protocol/withdrawal.ts';
import { bitmap, blsCommittee, ecdsaCommittee, type TestCommittee } from './committee.ts';
import { account, type Contract, type Sent, type Snapshot, TestChain } from './support.ts';

export const LOCKBOX: Address = '0x4200000000000000000000000000000000000016';
export const MATURITY = 100n;
export const ESCAPE = 86_400n;
export const MAX_PAUSE = 3_600n;
const MAINCHAIN = 31177;
const EXECUTION = 31178;

export const owner = account('owner');
export const guardian = account('guardian');
export const relayer = account('relayer');
export const holder = account('holder');
export const other = account('other');

const MEMBERS = ['first', 'second', 'third', 'fourth'];
const SIGNERS = [0, 1, 3];

const committees: Partial<Record<TestCommittee['scheme'], TestCommittee>> = {};

/** Four members; made once, because BLS keys take their time. */
export function committeeOf(scheme: TestCommittee['scheme']): TestCommittee {
  return (committees[scheme] ??= scheme === 'bls' ? blsCommittee(MEMBERS) : ecdsaCommittee(MEMBERS));
}

export const REGISTRY_BYTECODE = {
  bls: blsAnchorRegistryBytecode,
  ecdsa: ecdsaAnchorRegistryBytecode,
} as const;

/** An asset of the mainchain and what stands for it on the execution chain. */
export interface BridgedAsset {
  underlying: Contract<typeof hongKongDollarAbi>;
  token: Contract<typeof hongKongDollarAbi>;
}

/** What an output root commits to. */
export interface OutputRootProof {
  version: Hex;
  stateRoot: Hex;
  messagePasserStorageRoot: Hex;
  latestBlockhash: Hex;
}

type AnyToken = Contract<Abi> | Contract<typeof hongKongDollarAbi>;

export type Withdrawal = ReturnType<typeof getWithdrawals>[number];

let tokens: ReturnType<typeof compile> | undefined;

/** One of the tokens that tests are made of. */
export function testToken(name: 'PlainToken' | 'FeeToken' | 'IdleToken' | 'HookToken'): {
  abi: Abi;
  bytecode: Hex;
} {
  tokens ??= compile(['test/contracts/TestTokens.sol']);
  const { abi, bytecode } = tokens[name]!;
  return { abi: abi as Abi, bytecode };
}

/** The two chains with the bridge between them; `dollar` of the mainchain is the first asset. */
export class BridgeChains {
  mainchain!: TestChain;
  execution!: TestChain;
  registry!: Contract<typeof anchorRegistryAbi>;
  vault!: Contract<typeof vaultAbi>;
  readonly assets: BridgedAsset[] = [];
  readonly lockbox: Contract<typeof lockboxAbi> = { address: LOCKBOX, abi: lockboxAbi };
  readonly committee: TestCommittee;
  /** What was anchored, by execution block. */
  readonly anchored = new Map<bigint, OutputRootProof>();

  private constructor(committee: TestCommittee) {
    this.committee = committee;
  }

  static async open(scheme: TestCommittee['scheme'] = 'ecdsa'): Promise<BridgeChains> {
    const chains = new BridgeChains(committeeOf(scheme));
    await chains.#deployMainchain();
    await chains.#deployExecution();
    await chains.addDollar();
    return chains;
  }

  /** A dollar on both sides; every further one is an asset of its own. */
  async addDollar(): Promise<BridgedAsset> {
    const { mainchain, execution } = this;
    const asset = await this.addAsset(
      await mainchain.deploy(hongKongDollarAbi, hongKongDollarBytecode, [owner.address]),
      await execution.deploy(hongKongDollarAbi, hongKongDollarBytecode, [owner.address]),
    );
    const role = await execution.read(asset.token, 'MINTER_ROLE', []);
    await execution.send(owner, asset.token, 'grantRole', [role, LOCKBOX]);
    return asset;
  }

  /** Where both chains stand. */
  async snapshot(): Promise<{ mainchain: Snapshot; execution: Snapshot; assets: number }> {
    const [mainchain, execution] = [await this.mainchain.snapshot(), await this.execution.snapshot()];
    return { mainchain, execution, assets: this.assets.length };
  }

  async revert(to: Awaited<ReturnType<BridgeChains['snapshot']>>): Promise<void> {
    await this.mainchain.revert(to.mainchain);
    await this.execution.revert(to.execution);
    this.assets.length = to.assets;
  }

  get dollar(): Contract<typeof hongKongDollarAbi> {
    return this.assets[0]!.underlying;
  }

  get executionDollar(): Contract<typeof hongKongDollarAbi> {
    return this.assets[0]!.token;
  }

  async #deployMainchain(): Promise<void> {
    const chain = (this.mainchain = await TestChain.open(MAINCHAIN));
    const { keys, possession, scheme } = this.committee;
    const registry = await chain.deploy(blsAnchorRegistryAbi, REGISTRY_BYTECODE[scheme], [
      owner.address,
      BigInt(EXECUTION),
      MATURITY,
    ]);
    this.registry = { address: registry.address, abi: anchorRegistryAbi };
    this.vault = await chain.deploy(vaultAbi, vaultBytecode, [
      owner.address,
      guardian.address,
      this.registry.address,
      LOCKBOX,
      ESCAPE,
      MAX_PAUSE,
    ]);
    await chain.send(owner, this.registry, 'registerCommittee', [keys, possession, 3n]);
  }

  async #deployExecution(): Promise<void> {
    this.execution = await TestChain.open(EXECUTION);
    await this.execution.place(LOCKBOX, lockboxDeployedBytecode, {
      [slotKey(lockboxSlots.owner)]: pad(owner.address, { size: 32 }),
      [slotKey(lockboxSlots.relayer)]: pad(relayer.address, { size: 32 }),
    });
  }

  /** Opens an asset on both sides; the holder has a million base units of it and has approved the Vault. */
  async addAsset(underlying: AnyToken, token: AnyToken): Promise<BridgedAsset> {
    const asset = { underlying, token } as unknown as BridgedAsset;
    await this.mainchain.send(owner, this.vault, 'acceptAsset', [underlying.address, true]);
    await this.mainchain.send(owner, asset.underlying, 'mint', [holder.address, 1_000_000n]);
    await this.mainchain.send(holder, asset.underlying, 'approve', [this.vault.address, 2n ** 256n - 1n]);
    await this.execution.send(owner, this.lockbox, 'setAsset', [underlying.address, token.address]);
    this.assets.push(asset);
    return asset;
  }

  /** An ordinary token with these decimals on both sides. */
  async addPlainAsset(decimals: number): Promise<BridgedAsset> {
    const { abi, bytecode } = testToken('PlainToken');
    return this.addAsset(
      await this.mainchain.deploy(abi, bytecode, [decimals]),
      await this.execution.deploy(abi, bytecode, [decimals]),
    );
  }

  /** Deposits on the mainchain and credits on the execution chain. */
  async deposit(amount: bigint, to: Address = holder.address, asset = this.assets[0]!): Promise<bigint> {
    const id = await this.depositUnrelayed(amount, to, asset);
    await this.relay(id, amount, to, asset);
    return id;
  }

  async depositUnrelayed(
    amount: bigint,
    to: Address = holder.address,
    asset = this.assets[0]!,
  ): Promise<bigint> {
    const id = await this.mainchain.read(this.vault, 'nextDepositId', []);
    await this.mainchain.send(holder, this.vault, 'deposit', [asset.underlying.address, amount, to]);
    return id;
  }

  relay(id: bigint, amount: bigint, to: Address = holder.address, asset = this.assets[0]!): Promise<Sent> {
    const { address } = asset.underlying;
    return this.execution.send(relayer, this.lockbox, 'relayDeposit', [id, address, to, amount]);
  }

  async withdraw(
    amount: bigint,
    to: Address = holder.address,
    asset = this.assets[0]!,
    from: PrivateKeyAccount = holder,
  ): Promise<Withdrawal> {
    const { address } = asset.underlying;
    const sent = await this.execution.send(from, this.lockbox, 'initiateWithdrawal', [address, to, amount]);
    const [withdrawal] = getWithdrawals({ logs: sent.logs as never });
    return withdrawal!;
  }

  /** Marks a message as sent that the Lockbox never sent, as nobody can who keeps to the chain's rules. */
  async forgeWithdrawal(amount: bigint, to: Address, asset = this.assets[0]!): Promise<Withdrawal> {
    const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] });
    const { address: target } = asset.underlying;
    const message = { nonce: amount << 100n, sender: to, target, value: 0n, gasLimit: 0n, data };
    const hash = withdrawalHash(message);
    await this.execution.write(LOCKBOX, mappingSlot(lockboxSlots.sentMessages, hash), slotKey(1n));
    return { ...message, withdrawalHash: hash };
  }

  /** Attests and anchors the execution chain's present state; returns the output index. */
  async anchor(): Promise<bigint> {
    return this.anchorRoot(this.execution.blockNumber, await this.outputRootProof());
  }

  /** As a committee at its threshold can: whatever it likes. */
  async anchorRoot(blockNumber: bigint, proof: OutputRootProof): Promise<bigint> {
    const { keys } = this.committee;
    const attestation = {
      executionChainId: BigInt(EXECUTION),
      epoch: 1n,
      committeeHash: committeeHash(3, keys),
      blockNumber,
      blockHash: blockHash(blockNumber),
      outputRoot: outputRoot(proof),
      dataHash: keccak256('0x'),
      dataLength: 0n,
      expiry: this.mainchain.timestamp + 600n,
      previous: zeroHash,
    };
    const digest = attestationDigest(
      { mainchainId: MAINCHAIN, anchorRegistry: this.registry.address },
      attestation,
    );
    await this.mainchain.send(other, this.registry, 'anchor', [
      attestation,
      bitmap(SIGNERS, keys.length),
      this.committee.sign(digest, SIGNERS),
      keys,
    ]);
    this.anchored.set(blockNumber, proof);
    return this.mainchain.read(this.registry, 'latestOutputIndex', []);
  }

  /** What the execution chain's present state gives for an output root. */
  async outputRootProof(): Promise<OutputRootProof> {
    const { storageHash } = await this.execution.proof(LOCKBOX, []);
    return {
      version: zeroHash,
      stateRoot: await this.execution.stateRoot(),
      messagePasserStorageRoot: storageHash as Hex,
      latestBlockhash: blockHash(this.execution.blockNumber),
    };
  }

  /** The preimage of an anchored output. */
  async output(index: bigint): Promise<OutputRootProof> {
    const { l2BlockNumber } = await this.mainchain.read(this.registry, 'getL2Output', [index]);
    return this.anchored.get(l2BlockNumber) ?? assert.fail(`nothing was anchored for block ${l2BlockNumber}`);
  }

  /** Arguments of `proveWithdrawalTransaction`, without viem's help. */
  async withdrawalArgs(withdrawal: Withdrawal, index: bigint) {
    const output = await this.output(index);
    const slot = mappingSlot(lockboxSlots.sentMessages, withdrawal.withdrawalHash);
    return [withdrawal, index, output, await this.#lockboxProof(output, slot)] as const;
  }

  async prove(withdrawal: Withdrawal, index: bigint): Promise<Sent> {
    const args = await this.withdrawalArgs(withdrawal, index);
    return this.mainchain.send(other, this.vault, 'proveWithdrawalTransaction', args);
  }

  /** Arguments of `proveLockState`. */
  async lockStateArgs(index: bigint, asset = this.assets[0]!) {
    const output = await this.output(index);
    const { address } = asset.underlying;
    const slot = mappingSlot(lockboxSlots.lockStates, address);
    const { accountProof } = await this.execution.proof(LOCKBOX, [], output.stateRoot);
    return [address, index, output, accountProof as Hex[], await this.#lockboxProof(output, slot)] as const;
  }

  async proveLockState(index: bigint, asset = this.assets[0]!): Promise<Sent> {
    const args = await this.lockStateArgs(index, asset);
    return this.mainchain.send(other, this.vault, 'proveLockState', args);
  }

  /** The withdrawal and its asset's lock state, both under the same output. */
  async proveBoth(withdrawal: Withdrawal, index: bigint, asset = this.assets[0]!): Promise<void> {
    await this.prove(withdrawal, index);
    await this.proveLockState(index, asset);
  }

  finalize(withdrawal: Withdrawal): Promise<Sent> {
    return this.mainchain.send(other, this.vault, 'finalizeWithdrawalTransaction', [withdrawal]);
  }

  /** Arguments of `escape`. */
  async escapeArgs(index: bigint, who: Address, asset = this.assets[0]!) {
    const output = await this.output(index);
    const balance = mappingSlot(hongKongDollarSlots.balances, who);
    const token = await this.execution.proof(asset.token.address, [balance], output.stateRoot);
    const { address } = asset.underlying;
    return [
      address,
      who,
      {
        outputRootProof: output,
        tokenOf: await this.#lockboxProof(output, mappingSlot(lockboxSlots.tokenOf, address)),
        tokenAccount: token.accountProof as Hex[],
        balance: token.storageProof[0]!.proof as Hex[],
      },
    ] as const;
  }

  async escape(index: bigint, who: Address, asset = this.assets[0]!): Promise<Sent> {
    const args = await this.escapeArgs(index, who, asset);
    return this.mainchain.send(other, this.vault, 'escape', args);
  }

  /** Arguments of `reclaimDeposit`, for a deposit that `holder` made. */
  async reclaimArgs(id: bigint, amount: bigint, index: bigint, asset = this.assets[0]!) {
    const output = await this.output(index);
    const proof = await this.#lockboxProof(output, slotKey(lockboxSlots.nextDeposit));
    return [id, asset.underlying.address, holder.address, amount, output, proof] as const;
  }

  async reclaim(id: bigint, amount: bigint, index: bigint, asset = this.assets[0]!): Promise<Sent> {
    const args = await this.reclaimArgs(id, amount, index, asset);
    return this.mainchain.send(other, this.vault, 'reclaimDeposit', args);
  }

  paidTo(who: Address, asset = this.assets[0]!): Promise<bigint> {
    return this.mainchain.read(asset.underlying, 'balanceOf', [who]);
  }

  async #lockboxProof({ stateRoot }: OutputRootProof, slot: Hex): Promise<Hex[]> {
    const { storageProof } = await this.execution.proof(LOCKBOX, [slot], stateRoot);
    return storageProof[0]!.proof as Hex[];
  }

  /** viem's view of the execution chain at its anchored blocks, as its op-stack actions ask for it. */
  executionClient() {
    const at = (block: unknown) =>
      this.anchored.get(BigInt(block as Hex)) ?? assert.fail(`block ${String(block)} is not anchored`);
    return createClient({
      transport: custom({
        request: async ({ method, params }: { method: string; params: unknown[] }) => {
          if (method === 'eth_getProof') {
            const { stateRoot } = at(params[2]);
            const proof = await this.execution.proof(params[0] as Address, params[1] as Hex[], stateRoot);
            return JSON.parse(JSON.stringify(proof));
          }
          if (method === 'eth_getBlockByNumber')
            return {
              number: params[0],
              hash: at(params[0]).latestBlockhash,
              stateRoot: at(params[0]).stateRoot,
              timestamp: '0x1',
              transactions: [],
            };
          throw new Error(`${method} is not part of this test`);
        },
      }),
    });
  }

  /** viem's view of the mainchain: calls only. */
  mainchainClient() {
    return createClient({
      batch: { multicall: { deployless: true } },
      transport: custom({
        request: async ({ method, params }: { method: string; params: unknown[] }) => {
          if (method !== 'eth_call') throw new Error(`${method} is not part of this test`);
          const { to, data } = params[0] as { to?: Address; data: Hex };
          try {
            return await this.mainchain.call(to, data, other.address);
          } catch (error) {
            throw Object.assign(new Error('execution reverted'), {
              code: 3,
              data: (error as { data?: Hex }).data,
            });
          }
        },
      }),
    });
  }
}

/** keccak(abi.encode(asset, from, amount)), by which the Vault remembers a deposit. */
export function depositHash(asset: Address, from: Address, amount: bigint): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: 'address' }, { type: 'address' }, { type: 'uint256' }],
      [asset, from, amount],
    ),
  );
}

/** The harness has no headers; any 32 bytes that everybody names alike serve as a block's hash. */
function blockHash(blockNumber: bigint): Hex {
  return keccak256(numberToHex(blockNumber, { size: 32 }));
}
