import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Hex } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { HskError } from '../../protocol/errors.ts';
import { list, text } from '../../protocol/parse.ts';
import { parseProfile } from '../../protocol/profile.ts';
import type { HttpMember } from '../committee/http-member.ts';
import { readJson } from '../read-json.ts';

export const AUDIT_USAGE = `Options of audit (who attested what, and whether it holds)
  --from A, --to B        blocks (default: all that are attested)
  --profile FILE          the chain profile (default ./.hsk/profile.json)
  --url URL               JSON-RPC of the execution chain (default: the profile's)
  --mainchain-url URL     JSON-RPC of the mainchain (default: the profile's)
  --members URL,URL,…     members to ask for data and names (default: the profile's)
  --key FILE              key of an auditor's account, for members that give data to auditors only
  --names FILE            what members are called: a JSON list in the order of the profile, or an object by key
  --json                  print everything as one line of JSON
Exit code 1 when anything does not hold.
`;

/** Prints who attested which blocks, and verifies all of it again. */
export async function audit(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      profile: { type: 'string', default: path.join('.hsk', 'profile.json') },
      url: { type: 'string' },
      'mainchain-url': { type: 'string' },
      members: { type: 'string' },
      key: { type: 'string' },
      names: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const profile = parseProfile(readJson(values.profile));
  const { loadKey } = await import('../keys/node-keys.ts');
  const { rpcClient } = await import('../rpc-client.ts');
  const { HttpMember } = await import('../committee/http-member.ts');
  const { audit: auditBlocks } = await import('../audit/audit.ts');
  const { describeAudit } = await import('../audit/describe-audit.ts');
  const { bigintToString } = await import('../../protocol/evidence.ts');
  const account: PrivateKeyAccount | undefined =
    values.key === undefined ? undefined : privateKeyToAccount(loadKey(values.key));
  const urls = values.members?.split(',').map((url) => url.trim()) ?? profile.services.committee;
  const members = urls.map((url) => new HttpMember({ url, account }));
  const { execution, mainchain } = profile;
  const result = await auditBlocks({
    profile,
    execution: rpcClient(values.url ?? execution.rpcUrls[0]!, execution.chainId, 'Execution chain'),
    mainchain: rpcClient(values['mainchain-url'] ?? mainchain.rpcUrls[0]!, mainchain.chainId, 'Mainchain'),
    from: values.from === undefined ? undefined : blockOption(values.from, '--from'),
    to: values.to === undefined ? undefined : blockOption(values.to, '--to'),
    sources: members,
    names: await namesOf(members, profile.committee.keys, values.names),
    progress: (done, of) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of} blocks${done === of ? '\n' : ''}`);
    },
  });
  console.log(values.json ? JSON.stringify(result, bigintToString) : describeAudit(result));
  if (result.failed > 0)
    throw new HskError('AUDIT_FAILED', `${result.failed} of ${result.rows.length} blocks do not hold`);
  if (result.verifier && result.verifier.failures.length > 0)
    throw new HskError('AUDIT_FAILED', 'Proofs are accepted by another verifier than the pinned one', {
      details: result.verifier.failures.join('; '),
    });
}

function blockOption(value: string, option: string): bigint {
  if (!/^\d{1,15}$/.test(value))
    throw new HskError('NODE_USAGE', `${option} is not a block number`, { details: value });
  return BigInt(value);
}

/** From the file; else what a member that answers under its key calls itself. */
async function namesOf(
  members: readonly HttpMember[],
  keys: readonly Hex[],
  file: string | undefined,
): Promise<Map<Hex, string>> {
  const names = new Map<Hex, string>();
  const published = await Promise.all(members.map((member) => member.published().catch(() => undefined)));
  for (const one of published) if (one?.name !== undefined) names.set(one.publicKey, one.name.slice(0, 40));
  if (file === undefined) return names;
  const given = readJson(file);
  if (Array.isArray(given))
    list(text, 256)(given, 'names').forEach((name, index) => keys[index] && names.set(keys[index], name));
  else
    for (const [key, name] of Object.entries(given as object))
      names.set(key.toLowerCase() as Hex, text(name, `names.${key.slice(0, 12)}`));
  return names;
}
