import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Address, encodeFunctionData, type Hex, parseEventLogs, type PrivateKeyAccount } from 'viem';
import { anchorRegistryAbi } from '../../contracts/abi/AnchorRegistry.ts';
import { verifyPossession } from '../../protocol/bls.ts';
import { HskError } from '../../protocol/errors.ts';
import { list, text } from '../../protocol/parse.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { readJson } from '../read-json.ts';
import { rpcClient } from '../rpc-client.ts';
import { Sender } from '../sender.ts';
import { compressKey } from './bls.ts';
import { HttpMember, type PublishedKey } from './http-member.ts';

export interface RotationOptions {
  /** Of the new committee, in member order. */
  urls: readonly string[];
  threshold: number;
  /** Of the registry. */
  owner: PrivateKeyAccount;
  registry: Address;
  mainchainId: number;
  mainchainUrl: string;
  /** Of the aggregator, where it is on this host: its list of members gains the new ones before the epoch begins. */
  directory?: string | undefined;
}

export interface Rotation {
  epoch: bigint;
  threshold: number;
  keys: Hex[];
  transaction: Hex;
}

/** Pairings and subgroup checks of one proof of possession, with room. */
const GAS_PER_MEMBER = 1_125_000n;

/**
 * Opens the next epoch: asks the new members for their keys, checks the proofs of possession as the registry will, and
 * registers them. Old attestations stay valid for their epoch.
 *
 * @throws `ROTATE_KEY` for a member whose proof does not hold or whose key is there twice, `ROTATE_THRESHOLD`,
 *   `MEMBER_UNREACHABLE`, `TRANSACTION_REVERTED`
 */
export async function rotateCommittee(options: RotationOptions): Promise<Rotation> {
  const { urls, threshold, owner, registry } = options;
  if (threshold < 1 || threshold > urls.length)
    throw new HskError('ROTATE_THRESHOLD', 'The threshold cannot be met or means nothing', {
      details: `${threshold} of ${urls.length}`,
    });
  const members = await Promise.all(urls.map((url) => new HttpMember({ url }).published()));
  members.forEach((member, index) => checkKey(member, index, members, urls));
  if (options.directory !== undefined) addUrls(options.directory, urls);
  const { client } = rpcClient(options.mainchainUrl, options.mainchainId, 'Mainchain');
  const receipt = await new Sender(client, owner).execute({
    to: registry,
    data: encodeFunctionData({
      abi: anchorRegistryAbi,
      functionName: 'registerCommittee',
      args: [
        members.map((member) => member.eip2537Key),
        members.map((member) => member.eip2537Possession),
        BigInt(threshold),
      ],
    }),
    gas: 500_000n + GAS_PER_MEMBER * BigInt(members.length),
  });
  const [event] = parseEventLogs({
    abi: anchorRegistryAbi,
    eventName: 'CommitteeRegistered',
    logs: receipt.logs,
  });
  return {
    epoch: event!.args.epoch,
    threshold,
    keys: members.map((member) => member.publicKey),
    transaction: receipt.transactionHash,
  };
}

function checkKey(
  { publicKey, eip2537Key, possession }: PublishedKey,
  index: number,
  all: readonly PublishedKey[],
  urls: readonly string[],
): void {
  const bad = (why: string) =>
    new HskError('ROTATE_KEY', `A new member's key is refused: ${why}`, {
      details: `member ${index}, ${urls[index]}`,
      action: 'Nothing was registered.',
    });
  if (all.findIndex((other) => other.publicKey === publicKey) !== index) throw bad('another has the same');
  if (compressKey(eip2537Key) !== publicKey) throw bad('its two forms are different keys');
  if (!verifyPossession(publicKey, possession)) throw bad('possession is not proven');
}

const parseUrls = list(text, 1000);
const listFile = (directory: string) => path.join(directory, 'members.json');

/** The members that were added since the deployment: a JSON list of base URLs, which an operator may write too. */
export function addedUrls(directory: string): string[] {
  const file = listFile(directory);
  return existsSync(file) ? parseUrls(readJson(file), file) : [];
}

function addUrls(directory: string, urls: readonly string[]): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const all = [...new Set([...addedUrls(directory), ...urls])];
  writeDurably(listFile(directory), `${JSON.stringify(all, undefined, 2)}\n`, 0o644);
}
