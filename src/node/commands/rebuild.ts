import path from 'node:path';
import { parseArgs } from 'node:util';
import { privateKeyToAccount } from 'viem/accounts';
import { HskError } from '../../protocol/errors.ts';
import { parseProfile } from '../../protocol/profile.ts';
import { readJson } from '../read-json.ts';

export const REBUILD_USAGE = `Options of rebuild (the execution chain anew, from what the committee holds)
  --data DIR              of the sequencer; DIR/execution must not hold a chain
  --from URL,URL,…        members to ask (default: the profile's)
  --key FILE              key of the sequencer or of an auditor (default DIR/keys/sequencer.key)
  --profile FILE          the chain profile (default DIR/profile.json)
  --mainchain-url URL     where the committees are registered (default: the profile's)
  --allow-missing         go on although a member does not answer
  --json                  print the result as one line of JSON
`;

/** Rebuilds the execution chain after its disk was lost. */
export async function rebuild(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string', default: '.hsk' },
      from: { type: 'string' },
      key: { type: 'string' },
      profile: { type: 'string' },
      'mainchain-url': { type: 'string' },
      'allow-missing': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { data } = values;
  const profile = parseProfile(readJson(values.profile ?? path.join(data, 'profile.json')));
  const urls = values.from?.split(',').map((url) => url.trim()) ?? profile.services.committee;
  if (urls.length === 0)
    throw new HskError('NODE_USAGE', 'There is nobody to ask', { action: `\n${REBUILD_USAGE}` });
  const { loadKey } = await import('../keys/node-keys.ts');
  const { lockDataDirectory } = await import('../keys/data-lock.ts');
  const { rpcClient } = await import('../rpc-client.ts');
  const { chainTerms } = await import('../committee/check-proposal.ts');
  const { HttpMember } = await import('../committee/http-member.ts');
  const { mainchainRegistry } = await import('../committee/registry.ts');
  const { rebuild: rebuildChain } = await import('../rebuild/rebuild.ts');
  const lock = lockDataDirectory(data);
  try {
    const account = privateKeyToAccount(loadKey(values.key ?? path.join(data, 'keys', 'sequencer.key')));
    const { chainId, rpcUrls, contracts } = profile.mainchain;
    const { client } = rpcClient(values['mainchain-url'] ?? rpcUrls[0]!, chainId, 'Mainchain');
    const rebuilt = await rebuildChain({
      directory: path.join(data, 'execution'),
      committeeDirectory: path.join(data, 'committee'),
      terms: chainTerms(profile, '0x'),
      registry: mainchainRegistry(client, contracts.anchorRegistry),
      sources: urls.map((url) => new HttpMember({ url, account, timeout: 30_000 })),
      allowMissing: values['allow-missing'],
      progress: (message) => process.stderr.write(`${new Date().toISOString()} rebuild: ${message}\n`),
    });
    const { head, attested, hash, stateRoot, transactions } = rebuilt;
    if (values.json)
      return console.log(JSON.stringify({ ...rebuilt, head: `${head}`, attested: `${attested}` }));
    console.log(
      `The execution chain is rebuilt.\n\n` +
        `  blocks       ${head}, with ${transactions} transactions\n` +
        `  attested     up to block ${attested}\n` +
        `  head         ${hash}\n` +
        `  state root   ${stateRoot}\n\n` +
        'Blocks above it that no member holds, and transactions that were in no block, are lost.',
    );
  } finally {
    lock.release();
  }
}
