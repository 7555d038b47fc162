import { type Address, createClient, custom, type Hex, keccak256, numberToHex, pad, zeroHash } from 'viem';
import { anchorRegistryAbi } from '../../src/contracts/abi/AnchorRegistry.ts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { lockboxAbi, lockboxSlots } from '../../src/contracts/abi/Lockbox.ts';
import { vaultAbi } from '../../src/contracts/abi/Vault.ts';
import { anchorRegistryBytecode } from '../../src/contracts/bytecode/AnchorRegistry.ts';
import { hongKongDollarBytecode } from '../../src/contracts/bytecode/HongKongDollar.ts';
import { lockboxDeployedBytecode } from '../../src/contracts/bytecode/Lockbox.ts';
import { vaultBytecode } from '../../src/contracts/bytecode/Vault.ts';
import { attestationDigest } from '../../src/protocol/attestation.ts';
import { committeeHash } from '../../src/protocol/committee.ts';
import { outputRoot } from '../../src/protocol/output-root.ts';
import { bitmap, member, signOver } from './committee.ts';
import { account, type Contract, TestChain } from './support.ts';

export const LOCKBOX: Address = '0x4200000000000000000000000000000000000016';
export const MATURITY = 100n;
export const ESCAPE = 86_400n;
const MAINCHAIN = 31177;
const EXECUTION = 31178;

export const owner = account('owner');
export const relayer = account('relayer');
export const holder = account('holder');
export const other = account('other');

const members = ['first', 'second', 'third', 'fourth'].map(member);
const keys = members.map(({ key }) => key);

/** The two chains with the bridge between them; `dollar` of the mainchain is the asset. */
export class BridgeChains {
  mainchain!: TestChain;
  execution!: TestChain;
  registry!: Contract<typeof anchorRegistryAbi>;
  vault!: Contract<typeof vaultAbi>;
  dollar!: Contract<typeof hongKongDollarAbi>;
  executionDollar!: Contract<typeof hongKongDollarAbi>;
  readonly lockbox: Contract<typeof lockboxAbi> = { address: LOCKBOX, abi: lockboxAbi };

  static async open(): Promise<BridgeChains> {
    const chains = new BridgeChains();
    await chains.#deployMainchain();
    await chains.#deployExecution();
    return chains;
  }

  async #deployMainchain(): Promise<void> {
    const chain = (this.mainchain = await TestChain.open(MAINCHAIN));
    this.dollar = await chain.deploy(hongKongDollarAbi, hongKongDollarBytecode, [owner.address]);
    this.registry = await chain.deploy(anchorRegistryAbi, anchorRegistryBytecode, [
      owner.address,
      BigInt(EXECUTION),
      MATURITY,
    ]);
    this.vault = await chain.deploy(vaultAbi, vaultBytecode, [
      owner.address,
      this.registry.address,
      LOCKBOX,
      ESCAPE,
    ]);
    await chain.send(owner, this.registry, 'registerCommittee', [
      keys,
      members.map(({ possession }) => possession),
      3n,
    ]);
    await chain.send(owner, this.vault, 'acceptAsset', [this.dollar.address, true]);
    await chain.send(owner, this.dollar, 'mint', [holder.address, 1_000_000n]);
    await chain.send(holder, this.dollar, 'approve', [this.vault.address, 1_000_000n]);
  }

  async #deployExecution(): Promise<void> {
    const chain = (this.execution = await TestChain.open(EXECUTION));
    const slot = (position: bigint) => numberToHex(position, { size: 32 });
    await chain.place(LOCKBOX, lockboxDeployedBytecode, {
      [slot(lockboxSlots.owner)]: pad(owner.address, { size: 32 }),
      [slot(lockboxSlots.relayer)]: pad(relayer.address, { size: 32 }),
    });
    this.executionDollar = await chain.deploy(hongKongDollarAbi, hongKongDollarBytecode, [owner.address]);
    const role = await chain.read(this.executionDollar, 'MINTER_ROLE', []);
    await chain.send(owner, this.executionDollar, 'grantRole', [role, LOCKBOX]);
    await chain.send(owner, this.lockbox, 'setAsset', [this.dollar.address, this.executionDollar.address]);
  }

  /** Deposits on the mainchain and credits on the execution chain. */
  async deposit(amount: bigint, to: Address = holder.address): Promise<void> {
    const id = await this.mainchain.read(this.vault, 'nextDepositId', []);
    await this.mainchain.send(holder, this.vault, 'deposit', [this.dollar.address, amount, to]);
    await this.relay(id, amount, to);
  }

  relay(id: bigint, amount: bigint, to: Address = holder.address) {
    return this.execution.send(relayer, this.lockbox, 'relayDeposit', [id, this.dollar.address, to, amount]);
  }

  /** Attests and anchors the execution chain's present state; returns the output index. */
  async anchor(): Promise<bigint> {
    const blockNumber = this.execution.blockNumber;
    const attestation = {
      executionChainId: BigInt(EXECUTION),
      epoch: 1n,
      committeeHash: committeeHash(3, keys),
      blockNumber,
      blockHash: blockHash(blockNumber),
      outputRoot: outputRoot(await this.outputRootProof()),
      dataHash: keccak256('0x'),
      dataLength: 0n,
      expiry: this.mainchain.timestamp + 600n,
      previous: zeroHash,
    };
    const digest = attestationDigest(
      { mainchainId: MAINCHAIN, anchorRegistry: this.registry.address },
      attestation,
    );
    const signature = signOver(
      digest,
      [0, 1, 3].map((index) => members[index]!.secret),
    );
    await this.mainchain.send(other, this.registry, 'anchor', [
      attestation,
      bitmap([0, 1, 3], 4),
      signature,
      keys,
    ]);
    return this.mainchain.read(this.registry, 'latestOutputIndex', []);
  }

  async outputRootProof() {
    const { storageHash } = await this.execution.proof(LOCKBOX, []);
    return {
      version: zeroHash,
      stateRoot: await this.execution.stateRoot(),
      messagePasserStorageRoot: storageHash as Hex,
      latestBlockhash: blockHash(this.execution.blockNumber),
    };
  }

  /** viem's view of the execution chain at its head, as its op-stack actions ask for it. */
  executionClient() {
    return createClient({
      transport: custom({
        request: async ({ method, params }: { method: string; params: unknown[] }) => {
          if (method === 'eth_getProof') {
            const proof = await this.execution.proof(params[0] as Address, params[1] as Hex[]);
            return JSON.parse(JSON.stringify(proof));
          }
          if (method === 'eth_getBlockByNumber')
            return {
              number: params[0],
              hash: blockHash(BigInt(params[0] as Hex)),
              stateRoot: await this.execution.stateRoot(),
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

/** The harness has no headers; any 32 bytes that everybody names alike serve as a block's hash. */
function blockHash(blockNumber: bigint): Hex {
  return keccak256(numberToHex(blockNumber, { size: 32 }));
}
