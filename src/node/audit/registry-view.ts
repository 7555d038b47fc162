import { type Address, type Hex, numberToHex } from 'viem';
import { anchorRegistryAbi, anchorRegistrySlots } from '../../contracts/abi/AnchorRegistry.ts';
import { parseEip1186, verifyStateProof } from '../../protocol/account-proof.ts';
import { anchorSlot, committeeSlot } from '../../protocol/anchor.ts';
import { parseCommittee } from '../../protocol/attestation.ts';
import { HskError } from '../../protocol/errors.ts';
import { headerFromRpc } from '../../protocol/header-from-rpc.ts';
import type { Header } from '../../protocol/header.ts';
import { PreparedCommittee } from '../../protocol/prepared-committee.ts';
import type { ChainProfile } from '../../protocol/profile.ts';
import { verifySkip } from '../../protocol/sealed-header.ts';
import { committeeLookup } from '../anchorer/committee-lookup.ts';
import type { RpcClient } from '../rpc-client.ts';

/** One anchor of the registry. */
export interface AuditAnchor {
  blockNumber: bigint;
  outputRoot: Hex;
  /** Seconds since 1970, of the mainchain block that took it. */
  anchoredAt: bigint;
  /** Hints of the endpoint. */
  mainchainBlock?: bigint | undefined;
}

/**
 * The registry under one mainchain header. Where that header is sealed by the profile's validators, what counts is
 * proven by storage proofs; on another kind of mainchain it is the endpoint's word, and says so.
 */
export interface RegistryView {
  /** The header's number; `undefined` where nothing is proven. */
  sealedBlock: bigint | undefined;
  /** @throws `AUDIT_COMMITTEE` when the keys are not those that the registry committed to */
  committee(epoch: bigint): Promise<PreparedCommittee>;
  /** All anchors from `from` to the first at or above `to`, ascending. @throws `AUDIT_ANCHOR` */
  anchors(from: bigint, to: bigint): Promise<AuditAnchor[]>;
}

/** Slots of one `eth_getProof`. */
const SLOTS = 100;

/** @throws the codes of `verifySkip` but `SEAL_NOT_QBFT` and `QBFT_EXTRA_INVALID`, which mean another kind of chain */
export async function openRegistryView(profile: ChainProfile, mainchain: RpcClient): Promise<RegistryView> {
  const registry = profile.mainchain.contracts.anchorRegistry;
  const { request, client } = mainchain;
  const header = headerFromRpc(await request('eth_getBlockByNumber', ['latest', false]));
  const sealed = isSealed(profile, header);
  const find = committeeLookup(client, registry);
  const committees = new Map<bigint, PreparedCommittee>();

  const words = async (slots: Hex[]): Promise<bigint[]> =>
    sealed
      ? proveWords(mainchain, registry, header, slots)
      : Promise.all(slots.map((slot) => readWord(mainchain, registry, header, slot)));

  return {
    sealedBlock: sealed ? header.number : undefined,
    async committee(epoch) {
      const known = committees.get(epoch);
      if (known) return known;
      const [[word], found] = await Promise.all([
        words([committeeSlot(anchorRegistrySlots.committees, epoch)]),
        find(epoch),
      ]);
      const prepared = found && new PreparedCommittee(parseCommittee(found, 'committee'));
      if (!prepared || BigInt(prepared.hash) !== word)
        throw new HskError('AUDIT_COMMITTEE', 'The registry knows another committee for the epoch, or none', {
          details: `epoch ${epoch}`,
        });
      committees.set(epoch, prepared);
      return prepared;
    },
    async anchors(from, to) {
      const listed = await listAnchors(mainchain, registry, from, to);
      const proven: AuditAnchor[] = [];
      for (let at = 0; at < listed.length; at += SLOTS) {
        const batch = listed.slice(at, at + SLOTS);
        const roots = await words(
          batch.map(({ blockNumber }) => anchorSlot(anchorRegistrySlots.anchors, blockNumber)),
        );
        batch.forEach((anchor, index) => {
          if (roots[index] !== BigInt(anchor.outputRoot))
            throw new HskError(
              'AUDIT_ANCHOR',
              'The registry holds another output root than its endpoint lists',
              {
                details: `block ${anchor.blockNumber}`,
              },
            );
          proven.push(anchor);
        });
      }
      return proven;
    },
  };
}

/** From the profile's validators by the skip rule. */
function isSealed({ mainchain }: ChainProfile, header: Header): boolean {
  const validators = mainchain.checkpoint?.validators ?? [];
  try {
    verifySkip(validators, header);
    return true;
  } catch (error) {
    const other = error instanceof HskError && ['SEAL_NOT_QBFT', 'QBFT_EXTRA_INVALID'].includes(error.code);
    if (!other || validators.length > 0) throw error;
    return false;
  }
}

async function proveWords({ request }: RpcClient, registry: Address, header: Header, slots: Hex[]) {
  const answer = await request('eth_getProof', [registry, slots, numberToHex(header.number)]);
  const proof = parseEip1186(answer, slots);
  return verifyStateProof({ stateRoot: header.stateRoot, address: registry, slots, proof }).values;
}

async function readWord({ client }: RpcClient, address: Address, header: Header, slot: Hex): Promise<bigint> {
  return BigInt((await client.getStorageAt({ address, slot, blockNumber: header.number })) ?? '0x0');
}

async function listAnchors(
  { client }: RpcClient,
  address: Address,
  from: bigint,
  to: bigint,
): Promise<AuditAnchor[]> {
  const read = { address, abi: anchorRegistryAbi } as const;
  const latest = await client.readContract({ ...read, functionName: 'latestBlock' });
  if (latest < from) return [];
  const anchors: AuditAnchor[] = [];
  const last = await client.readContract({ ...read, functionName: 'latestOutputIndex' });
  let index = await client.readContract({ ...read, functionName: 'getL2OutputIndexAfter', args: [from] });
  for (; index <= last; index++) {
    const { outputRoot, timestamp, l2BlockNumber } = await client.readContract({
      ...read,
      functionName: 'getL2Output',
      args: [index],
    });
    const [event] = await client
      .getContractEvents({
        ...read,
        eventName: 'Anchored',
        args: { blockNumber: l2BlockNumber },
        fromBlock: 0n,
        strict: true,
      })
      .catch(() => []);
    anchors.push({
      blockNumber: l2BlockNumber,
      outputRoot,
      anchoredAt: timestamp,
      mainchainBlock: event?.blockNumber,
    });
    if (l2BlockNumber >= to) break;
  }
  return anchors;
}
