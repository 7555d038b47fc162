import { type Address, type Hex, hexToBigInt, hexToNumber, keccak256 } from 'viem';
import { encodeHeader } from '../../protocol/header.ts';
import type { BlockRecord } from '../chain/block-record.ts';
import { toQuantity } from '../rpc/params.ts';
import type { Inquiry, Place, Rule, Shown, Viewer } from './inquiry.ts';
import { partiesOf } from './parties.ts';
import { notDisclosed, sessionNeeded } from './refusals.ts';

type Json = Record<string, unknown>;

/** The header is everybody's. Of the body each sees its own transactions, nobody without a session any. */
export const blockRule: Rule = {
  access: 'public',
  async show(inquiry) {
    const json = (await inquiry.ask([inquiry.params[0], false])) as (Json & { hash: Hex }) | null;
    if (!json) return { result: null };
    const block = inquiry.chain.block(json.hash)!;
    const { viewer } = inquiry;
    if (viewer?.auditor) return { result: await inquiry.ask(), about: partiesOfAll(block) };
    const own = viewer ? ownOf(block, viewer) : [];
    const transactions = await Promise.all(
      own.map((index) =>
        inquiry.params[1] === true
          ? inquiry.chain.request('eth_getTransactionByBlockHashAndIndex', [block.hash, toQuantity(index)])
          : block.transactionHashes[index],
      ),
    );
    // The size of the body would tell how much there was.
    const size = toQuantity((encodeHeader(block.header).length - 2) / 2);
    const result = { ...json, size, transactions };
    return own.length > 0 ? { result, about: partiesOfSome(block, own) } : { result };
  },
};

/** How many of a block's transactions the viewer sees. */
export const countRule: Rule = {
  access: 'own',
  async show(inquiry) {
    const viewer = signedIn(inquiry);
    const blockMethod = inquiry.method.replace('TransactionCount', '');
    const json = (await inquiry.chain.request(blockMethod, [inquiry.params[0], false])) as {
      hash: Hex;
    } | null;
    if (!json) return { result: null };
    const block = inquiry.chain.block(json.hash)!;
    if (viewer.auditor) return { result: toQuantity(block.transactions.length), about: [] };
    const own = ownOf(block, viewer);
    return { result: toQuantity(own.length), about: partiesOfSome(block, own) };
  },
};

/** A transaction, its receipt or a proof of either, to its parties. For others there is none. */
export const transactionRule: Rule = {
  access: 'own',
  async show(inquiry) {
    const viewer = signedIn(inquiry);
    const result = await inquiry.ask();
    if (result === null) return { result };
    // Raw bytes do not say where they stand.
    const json =
      typeof result === 'string'
        ? await inquiry.chain.request('eth_getTransactionByHash', [keccak256(result as Hex)])
        : result;
    const parties = partiesAt(inquiry, json as Partial<Place> & Json);
    return viewer.auditor || parties.has(viewer.account) ? { result, about: [...parties] } : { result: null };
  },
};

/** The receipts of the transactions that the viewer is a party of. */
export const receiptsRule: Rule = {
  access: 'own',
  async show(inquiry) {
    const viewer = signedIn(inquiry);
    const result = (await inquiry.ask()) as (Place & Json)[] | null;
    return result ? keepOwn(inquiry, viewer, result) : { result };
  },
};

/** Logs of the viewer's own transactions, and of contracts that declared theirs public. */
export const logsRule: Rule = {
  access: 'own',
  async show(inquiry) {
    const { viewer } = inquiry;
    const [filter] = inquiry.params as [{ address?: unknown } | undefined];
    if (!viewer && !(await allPublic(inquiry, filter?.address))) throw sessionNeeded(false);
    return keepLogs(inquiry, viewer, (await inquiry.ask()) as (Place & Json)[]);
  },
};

export async function keepLogs(
  inquiry: Pick<Inquiry, 'chain' | 'disclosed'>,
  viewer: Viewer | undefined,
  logs: (Place & Json)[],
): Promise<Shown> {
  const publicLogs = new Map<Address, boolean>();
  for (const { address } of logs as unknown as { address: Address }[])
    if (!publicLogs.has(address)) publicLogs.set(address, await inquiry.disclosed.logs(address));
  const about = new Set<Address>();
  const result = logs.filter((log) => {
    if (publicLogs.get(log.address as Address)) return true;
    const parties = partiesAt(inquiry, log);
    if (!viewer || !(viewer.auditor || parties.has(viewer.account))) return false;
    for (const party of parties) about.add(party);
    return true;
  });
  return about.size > 0 ? { result, about: [...about] } : { result };
}

function keepOwn(inquiry: Inquiry, viewer: Viewer, list: (Place & Json)[]): Shown {
  const about = new Set<Address>();
  const result = list.filter((one) => {
    const parties = partiesAt(inquiry, one);
    if (!viewer.auditor && !parties.has(viewer.account)) return false;
    for (const party of parties) about.add(party);
    return true;
  });
  return { result, about: [...about] };
}

async function allPublic(inquiry: Inquiry, address: unknown): Promise<boolean> {
  const addresses = Array.isArray(address) ? address : [address];
  if (addresses.length === 0) return false;
  for (const one of addresses)
    if (typeof one !== 'string' || !(await inquiry.disclosed.logs(one.toLowerCase() as Address)))
      return false;
  return true;
}

/** Of a waiting transaction, which has no receipt yet, its sender and its recipient. */
function partiesAt(
  { chain }: Pick<Inquiry, 'chain'>,
  json: Partial<Place> & { from?: unknown; to?: unknown },
): ReadonlySet<Address> {
  const block = typeof json.blockNumber === 'string' && chain.block(hexToBigInt(json.blockNumber));
  if (block) return partiesOf(block, hexToNumber(json.transactionIndex!));
  return new Set([json.from, json.to].filter((one) => typeof one === 'string') as Address[]);
}

function ownOf(block: BlockRecord, { account }: Viewer): number[] {
  return block.transactions.flatMap((_raw, index) => (partiesOf(block, index).has(account) ? [index] : []));
}

function partiesOfSome(block: BlockRecord, indices: readonly number[]): Address[] {
  return [...new Set(indices.flatMap((index) => [...partiesOf(block, index)]))];
}

function partiesOfAll(block: BlockRecord): Address[] {
  return partiesOfSome(block, [...block.transactions.keys()]);
}

/** @throws -32001 */
export function signedIn({ viewer }: Pick<Inquiry, 'viewer'>): Viewer {
  if (!viewer) throw sessionNeeded(false);
  return viewer;
}

/** For what cannot be cut down to one account's own. */
export const auditorRule: Rule = {
  access: 'auditor',
  async show(inquiry) {
    if (!signedIn(inquiry).auditor) throw notDisclosed('only auditors see it');
    return { result: await inquiry.ask(), about: [] };
  },
};
