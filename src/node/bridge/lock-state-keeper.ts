import { type Address, encodeFunctionData, type Hex, zeroHash } from 'viem';
import { anchorRegistryAbi } from '../../contracts/abi/AnchorRegistry.ts';
import { lockboxSlots } from '../../contracts/abi/Lockbox.ts';
import { vaultAbi } from '../../contracts/abi/Vault.ts';
import { mappingSlot } from '../../protocol/anchor.ts';
import { Sender } from '../sender.ts';
import type { ServiceContext } from '../service-context.ts';
import { BlockFollower } from './block-follower.ts';

/** Mainchain blocks in which a proof that failed is tried again. */
const ATTEMPTS = 10;

/** A lock state that somebody's withdrawal waits for. */
interface Wanted {
  withdrawalHash: Hex;
  asset: Address;
  attempts: number;
}

/**
 * Proves the lock state of an asset under the output that a withdrawal was proven under, so that whoever
 * knows only the OP Stack's steps (prove, wait, finalize) is paid. Anybody may do the same: the Vault takes the
 * proof from everyone and believes nobody.
 */
export class LockStateKeeper {
  readonly #context: ServiceContext;
  readonly #sender: Sender;
  readonly #follower: BlockFollower;
  #wanted: Wanted[] = [];

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#sender = new Sender(context.mainchainClient, context.accounts.relayer);
    this.#follower = new BlockFollower({
      chain: context.mainchain,
      handle: async (fromBlock, toBlock) => {
        this.#wanted.push(...(await this.#proven(fromBlock, toBlock)));
        await this.#serve();
      },
      report: (message) => context.report(`bridge: ${message}`),
    });
  }

  close(): Promise<void> {
    return this.#follower.close();
  }

  get #vault(): { address: Address; abi: typeof vaultAbi } {
    return { address: this.#context.profile.mainchain.contracts.vault, abi: vaultAbi };
  }

  async #proven(fromBlock: bigint, toBlock: bigint): Promise<Wanted[]> {
    const logs = await this.#context.mainchainClient.getContractEvents({
      ...this.#vault,
      eventName: 'WithdrawalProven',
      fromBlock,
      toBlock,
      strict: true,
    });
    // The message's target is the asset.
    return logs.map(({ args }) => ({ withdrawalHash: args.withdrawalHash, asset: args.to, attempts: 0 }));
  }

  /** Each in turn; what fails waits for the next block and holds up nobody. */
  async #serve(): Promise<void> {
    const later: Wanted[] = [];
    for (const wanted of this.#wanted)
      try {
        await this.#prove(wanted);
      } catch (error) {
        const attempts = wanted.attempts + 1;
        if (attempts < ATTEMPTS) later.push({ ...wanted, attempts });
        else
          this.#context.report(
            `bridge: the lock state for withdrawal ${wanted.withdrawalHash} cannot be proven: ${error instanceof Error ? error.message : String(error)}`,
          );
      }
    this.#wanted = later;
  }

  async #prove({ withdrawalHash, asset }: Wanted): Promise<void> {
    const { mainchainClient: mainchain, executionClient: execution, profile } = this.#context;
    const [[outputRoot, , outputIndex], finalized] = await Promise.all([
      mainchain.readContract({ ...this.#vault, functionName: 'provenWithdrawals', args: [withdrawalHash] }),
      mainchain.readContract({
        ...this.#vault,
        functionName: 'finalizedWithdrawals',
        args: [withdrawalHash],
      }),
    ]);
    if (finalized || (await this.#isKnown(outputRoot, asset))) return;
    const { l2BlockNumber: blockNumber } = await mainchain.readContract({
      address: profile.mainchain.contracts.anchorRegistry,
      abi: anchorRegistryAbi,
      functionName: 'getL2Output',
      args: [outputIndex],
    });
    const slot = mappingSlot(lockboxSlots.lockStates, asset);
    const [block, proof] = await Promise.all([
      execution.getBlock({ blockNumber }),
      execution.getProof({
        address: profile.execution.contracts.lockbox,
        storageKeys: [slot],
        blockNumber,
      }),
    ]);
    await this.#sender.execute({
      to: this.#vault.address,
      data: encodeFunctionData({
        abi: vaultAbi,
        functionName: 'proveLockState',
        args: [
          asset,
          outputIndex,
          {
            version: zeroHash,
            stateRoot: block.stateRoot,
            messagePasserStorageRoot: proof.storageHash,
            latestBlockhash: block.hash,
          },
          proof.accountProof,
          proof.storageProof[0]!.proof,
        ],
      }),
    });
    this.#context.report(`bridge: lock state of ${asset} proven under block ${blockNumber}`);
  }

  async #isKnown(outputRoot: Hex, asset: Address): Promise<boolean> {
    const [, , status] = await this.#context.mainchainClient.readContract({
      ...this.#vault,
      functionName: 'provenLockStates',
      args: [outputRoot, asset],
    });
    return status !== 0;
  }
}
