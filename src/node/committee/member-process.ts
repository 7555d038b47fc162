import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Address, type Hex, hexToBytes } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { hex, object } from '../../protocol/parse.ts';
import type { ChainProfile } from '../../protocol/profile.ts';
import { openFrame } from '../frame.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { loadOrCreateKey, randomMemberKey } from '../keys/node-keys.ts';
import type { Report } from '../ops/log.ts';
import { counted } from '../ops/part-state.ts';
import { rpcClient } from '../rpc-client.ts';
import { chainTerms } from './check-proposal.ts';
import { DisclosureLog } from './disclosure-log.ts';
import { Member } from './member.ts';
import { mainchainRegistry } from './registry.ts';
import { createMemberRoutes } from './member-routes.ts';
import { LARGEST_PUT } from './proposal-wire.ts';

export interface MemberProcessOptions {
  /** Key, blocks and record of disclosures; made when missing. */
  dataDir: string;
  host?: string | undefined;
  /** 0 takes a free one. */
  port: number;
  profile: ChainProfile;
  /** Where the member asks which committees are registered; default the profile's first. */
  mainchainUrl?: string | undefined;
  /** Hash of the block that the first attested one follows. Absent: asked once of the profile's execution chain. */
  genesisHash?: Hex | undefined;
  sequencer: Address;
  auditors: readonly Address[];
  publicReads: boolean;
  name?: string | undefined;
  report: Report;
}

export interface MemberProcess {
  url: string;
  member: Member;
  close(): Promise<void>;
}

/**
 * One committee member with a key file, a store and a port of its own. The mainchain endpoint it asks is its word for
 * which committee stands: in production the operator's own.
 *
 * @throws `NODE_DATA_LOCKED`, `RPC_PORT_TAKEN`, `KEYS_DAMAGED`, `COMMITTEE_OTHER_CHAIN`
 */
export async function startMember(options: MemberProcessOptions): Promise<MemberProcess> {
  const { dataDir, profile, sequencer, auditors, publicReads, host, port, name, report } = options;
  const frame = await openFrame({
    dataDir,
    port,
    ...(host !== undefined && { host }),
    largestBody: LARGEST_PUT,
    report,
  });
  try {
    const secret = loadOrCreateKey(path.join(dataDir, 'member.key'), randomMemberKey);
    const { client } = rpcClient(
      options.mainchainUrl ?? profile.mainchain.rpcUrls[0]!,
      profile.mainchain.chainId,
      'Mainchain',
    );
    const member = await Member.open({
      directory: path.join(dataDir, 'blocks'),
      secret: hexToBytes(secret),
      terms: chainTerms(profile, await genesisHash(options)),
      registry: mainchainRegistry(client, profile.mainchain.contracts.anchorRegistry),
      sequencer,
    });
    frame.atEnd(() => member.close());
    const disclosures = DisclosureLog.open(dataDir);
    frame.atEnd(() => disclosures.close());
    const access = { sequencer, auditors, publicReads };
    frame.mount({ '': { app: createMemberRoutes({ member, access, disclosures, name }) } });
    frame.describe('member', async () => {
      const { blockNumber } = await member.tip();
      const words = `holds blocks up to ${counted(blockNumber)}`;
      return { ok: true, words, figures: { attested_block: Number(blockNumber) } };
    });
    frame.complete();
    return { url: frame.url, member, close: frame.close };
  } catch (error) {
    await frame.close();
    throw error;
  }
}

const parseGenesis = object<{ genesisHash: Hex }>({ genesisHash: hex(32) });

/** Kept from the first start on: a member is of one chain for good. */
async function genesisHash({ dataDir, profile, genesisHash: given }: MemberProcessOptions): Promise<Hex> {
  const file = path.join(dataDir, 'chain.json');
  if (existsSync(file)) {
    const kept = parseGenesis(JSON.parse(readFileSync(file, 'utf8')), file).genesisHash;
    if (given && given.toLowerCase() !== kept)
      throw new HskError('COMMITTEE_OTHER_CHAIN', 'The data directory is of a member of another chain', {
        details: `genesis ${kept}, given ${given}`,
        action: 'Use another --data directory.',
      });
    return kept;
  }
  const hash = given ?? (await askGenesisHash(profile));
  writeDurably(file, `${JSON.stringify({ genesisHash: hash.toLowerCase() })}\n`);
  return hash.toLowerCase() as Hex;
}

async function askGenesisHash({ execution }: ChainProfile): Promise<Hex> {
  const { client } = rpcClient(execution.rpcUrls[0]!, execution.chainId, 'Execution chain');
  const { hash } = await client.getBlock({ blockNumber: 0n }).catch((cause: unknown) => {
    throw new HskError('COMMITTEE_NO_GENESIS', 'The execution chain does not say what its first block is', {
      details: execution.rpcUrls[0]!,
      action: 'Start it, or give --genesis-hash.',
      cause,
    });
  });
  return hash;
}
