import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type Address, type Hex, keccak256 } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { bigintToString } from '../../protocol/evidence.ts';
import { encodeHeader } from '../../protocol/header.ts';
import { hex } from '../../protocol/parse.ts';
import { isParty, type TradeProof } from '../../protocol/trade-proof.ts';
import { orderedTrieProof } from '../../protocol/trie-root.ts';
import { refuse } from '../refuse.ts';
import { decodeBundle } from './bundle.ts';
import type { DisclosureLog } from './disclosure-log.ts';
import { type MemberAccess, readsEverything, requireAuditor, requireSequencer } from './member-access.ts';
import type { Member } from './member.ts';
import { decodePut, LARGEST_PUT, parsePut } from './proposal-wire.ts';
import { RequestGuard } from './request-guard.ts';
import { EMPTY_BODY } from './signed-request.ts';

export interface MemberRouteOptions {
  member: Member;
  access: MemberAccess;
  disclosures: DisclosureLog;
  /** What the member calls itself. */
  name?: string | undefined;
  /** Milliseconds since 1970. */
  now?: () => number;
}

const STATUSES: Record<string, ContentfulStatusCode> = {
  REQUEST_UNSIGNED: 401,
  REQUEST_EXPIRED: 401,
  REQUEST_SIGNATURE: 401,
  REQUEST_REPLAYED: 401,
  REQUEST_CROWD: 429,
  COMMITTEE_NOT_SEQUENCER: 403,
  COMMITTEE_NOT_AUDITOR: 403,
  COMMITTEE_NOT_PARTY: 403,
  COMMITTEE_NO_DATA: 404,
  COMMITTEE_NO_BLOCK: 404,
  COMMITTEE_BEHIND: 409,
  COMMITTEE_EPOCH: 409,
  COMMITTEE_EQUIVOCATION: 409,
  PUT_TOO_LARGE: 413,
  DISCLOSURE_UNRECORDED: 503,
};

/**
 * What a member answers over HTTP. Public are its key, its tip and its attestations, which the chain publishes anyway;
 * everything else asks for a signed request (`signed-request.ts`) and is recorded.
 */
export function createMemberRoutes({
  member,
  access,
  disclosures,
  name,
  now = Date.now,
}: MemberRouteOptions): Hono {
  const app = new Hono();
  const listed = access.sequencer ? [access.sequencer, ...access.auditors] : access.auditors;
  const known = new Set(listed.map((account) => account.toLowerCase() as Address));
  const guard = new RequestGuard({ member: member.key.publicKey, known, now });

  /** Who reads, and as what. `path` is what the account signed: below the member's base. */
  const reader = (context: Context, path: string): Reader => {
    const header = context.req.header('authorization');
    if (access.publicReads && header === undefined) return { as: 'public' };
    const account = guard.admit(header, { method: 'GET', path, bodyHash: EMPTY_BODY });
    if (account === access.sequencer?.toLowerCase()) return { account, as: 'sequencer' };
    if (access.publicReads || readsEverything(access, account)) return { account, as: 'auditor' };
    return { account, as: 'party' };
  };
  const auditor = (context: Context, path: string): Reader => {
    const found = reader(context, path);
    if (found.as === 'party') requireAuditor(access, found.account!);
    return found;
  };
  const bundle = async (context: Context, path: string, commitment: Hex): Promise<Uint8Array> => {
    const who = auditor(context, path);
    const bytes = await member.bundle(commitment);
    if (!bytes)
      throw new HskError('COMMITTEE_NO_DATA', 'This member holds no data under that commitment', {
        details: commitment,
        action: 'Ask another member.',
      });
    await disclosures.record({ ...who, what: 'bundle', subject: commitment });
    return bytes;
  };

  app.onError((error, context) => refuse(context, error, STATUSES));
  app.get('/key', (context) => context.json({ ...member.key, ...(name !== undefined && { name }) }));
  app.get('/tip', async (context) => context.json(plain(await member.tip())));
  app.get('/block/:number', async (context) => {
    const number = context.req.param('number');
    const vote = /^\d{1,20}$/.test(number) ? await member.vote(BigInt(number)) : undefined;
    if (!vote)
      throw new HskError('COMMITTEE_NO_BLOCK', 'This member knows no such block', {
        details: `block ${number.slice(0, 40)}`,
        action: 'Ask another member, or for a block up to its tip.',
      });
    return context.json(plain(vote));
  });

  app.post(
    '/put',
    bodyLimit({
      maxSize: LARGEST_PUT,
      onError: (context) =>
        refuse(context, new HskError('PUT_TOO_LARGE', 'The body is longer than a block can be'), STATUSES),
    }),
    async (context) => {
      const body = new Uint8Array(await context.req.arrayBuffer());
      const account = guard.admit(context.req.header('authorization'), {
        method: 'POST',
        path: '/put',
        bodyHash: keccak256(body),
      });
      requireSequencer(access, account);
      const json = /^application\/json\b/.test(context.req.header('content-type') ?? '');
      const { proposal, certificate } = json
        ? parsePut(JSON.parse(new TextDecoder().decode(body)))
        : decodePut(body);
      if (!certificate) return context.json({ signature: await member.sign(proposal) });
      await member.adopt(proposal, certificate);
      return context.json({ adopted: true });
    },
  );

  // OP Stack Alt-DA: one type byte, 0x00 for keccak256, then the hash. The bare hash is understood too.
  app.get('/get/:commitment', async (context) => {
    const given = context.req.param('commitment');
    const commitment: Hex = /^0x00[0-9a-fA-F]{64}$/.test(given)
      ? `0x${given.slice(4).toLowerCase()}`
      : hex(32)(given, 'commitment');
    const bytes = await bundle(context, `/get/${given}`, commitment);
    return context.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      'content-type': 'application/octet-stream',
      'cache-control': access.publicReads ? 'public, max-age=31536000, immutable' : 'no-store',
    });
  });

  // AnyTrust's REST: the hash with or without 0x, the data in base64.
  app.get('/get-by-hash/:hash', async (context) => {
    const given = context.req.param('hash');
    const hash = hex(32)(given.startsWith('0x') ? given : `0x${given}`, 'hash');
    const bytes = await bundle(context, `/get-by-hash/${given}`, hash);
    return context.json({ data: Buffer.from(bytes).toString('base64') });
  });

  app.get('/genesis', async (context) => {
    const who = auditor(context, '/genesis');
    const document = await member.store.genesis();
    if (!document)
      throw new HskError('COMMITTEE_NO_DATA', 'This member holds no genesis document', {
        action: 'Ask another member.',
      });
    await disclosures.record({ ...who, what: 'genesis' });
    return context.body(document as Uint8Array<ArrayBuffer>, 200, {
      'content-type': 'application/octet-stream',
    });
  });

  app.get('/proof/:transaction', async (context) => {
    const given = context.req.param('transaction');
    const who = reader(context, `/proof/${given}`);
    const transaction = hex(32)(given, 'transaction');
    const proof = await tradeProof(member, transaction);
    // Whether a transaction exists is nobody's business but its parties'.
    if (!proof || (who.as === 'party' && !isParty(who.account!, proof.transaction, proof.receipt)))
      throw new HskError('COMMITTEE_NOT_PARTY', 'The account takes part in no such transaction', {
        details: transaction,
        action: 'Ask with the account that sent it, received it or is named by its events.',
      });
    await disclosures.record({
      ...who,
      what: 'proof',
      subject: transaction,
      block: proof.attestation.blockNumber,
    });
    return context.json(plain(proof));
  });

  app.get('/evidence', async (context) => {
    const who = auditor(context, '/evidence');
    const evidence = await member.evidence();
    await disclosures.record({ ...who, what: 'evidence' });
    return context.json(plain(evidence));
  });

  app.get('/disclosures', async (context) => {
    const who = auditor(context, '/disclosures');
    const entries = disclosures.entries();
    await disclosures.record({ ...who, what: 'disclosures' });
    return context.json(entries);
  });
  return app;
}

interface Reader {
  account?: Address;
  as: 'sequencer' | 'auditor' | 'party' | 'public';
}

async function tradeProof(member: Member, transaction: Hex): Promise<TradeProof | undefined> {
  const place = await member.place(transaction);
  const vote = place && (await member.vote(place.blockNumber));
  const bytes = vote && (await member.bundle(vote.attestation.dataHash));
  if (!bytes) return undefined;
  const { header, transactions, receipts } = decodeBundle(bytes);
  const { index } = place;
  return {
    version: 1,
    attestation: vote.attestation,
    digest: vote.digest,
    header: encodeHeader(header),
    index,
    transaction: transactions[index]!,
    transactionProof: orderedTrieProof(transactions, index),
    receipt: receipts[index]!,
    receiptProof: orderedTrieProof(receipts, index),
  };
}

/** Integers as decimal strings. */
function plain(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, bigintToString)) as Record<string, unknown>;
}
