import path from 'node:path';
import { parseArgs } from 'node:util';
import { privateKeyToAccount } from 'viem/accounts';
import { HskError } from '../../protocol/errors.ts';
import { parseProfile } from '../../protocol/profile.ts';
import { readJson } from '../read-json.ts';

export const ROTATE_USAGE = `Options of committee rotate (opens the next epoch with a new committee)
  --members URL,URL,…     the new committee, in member order; each is asked for its key and proof of possession
  --threshold N           how many must sign
  --data DIR              of the sequencer, on its host: it learns the new URLs before the epoch begins; elsewhere
                          write them into DIR/committee/members.json there, a JSON list
  --key FILE              key of the registry's owner (default DIR/keys/deployer.key)
  --profile FILE          the chain profile (default DIR/profile.json)
  --mainchain-url URL     default: the profile's
  --json                  print the result as one line of JSON
`;

/** Registers a new committee on the mainchain. The sequencer and the members follow by themselves. */
export async function rotate(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      members: { type: 'string' },
      threshold: { type: 'string' },
      key: { type: 'string' },
      data: { type: 'string' },
      profile: { type: 'string' },
      'mainchain-url': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { members, threshold, data } = values;
  const key = values.key ?? (data && path.join(data, 'keys', 'deployer.key'));
  const profileFile = values.profile ?? (data && path.join(data, 'profile.json'));
  if (!profileFile || !members || !key || !threshold || !/^\d{1,3}$/.test(threshold))
    throw new HskError(
      'NODE_USAGE',
      '--members, --threshold and --data, or --key and --profile, are needed',
      {
        action: `\n${ROTATE_USAGE}`,
      },
    );
  const { loadKey } = await import('../keys/node-keys.ts');
  const { rotateCommittee } = await import('../committee/rotate.ts');
  const profile = parseProfile(readJson(profileFile));
  const rotation = await rotateCommittee({
    urls: members.split(',').map((url) => url.trim()),
    threshold: Number(threshold),
    owner: privateKeyToAccount(loadKey(key)),
    registry: profile.mainchain.contracts.anchorRegistry,
    mainchainId: profile.mainchain.chainId,
    mainchainUrl: values['mainchain-url'] ?? profile.mainchain.rpcUrls[0]!,
    directory: data && path.join(data, 'committee'),
  });
  if (values.json) return console.log(JSON.stringify({ ...rotation, epoch: rotation.epoch.toString() }));
  console.log(
    `Epoch ${rotation.epoch} is registered: ${rotation.threshold} of ${rotation.keys.length} must sign.\n\n` +
      rotation.keys.map((one, index) => `  member ${index}   ${one.slice(0, 34)}…\n`).join('') +
      `\n  transaction  ${rotation.transaction}\n\nThe first block after it is attested by the new committee.`,
  );
}
