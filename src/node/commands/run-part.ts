import path from 'node:path';
import { describeOptions } from '../config/options.ts';
import { readSettings } from '../config/settings.ts';
import { deskLink } from '../issuer/desk/desk-link.ts';
import { loadInsider } from '../keys/insider.ts';
import { loadAccounts, loadValidators } from '../keys/node-keys.ts';
import { awaitProfile } from '../network/await-profile.ts';
import { readNetwork } from '../network/network.ts';
import { openLog } from '../ops/log.ts';
import type { PartName } from '../parts/parts.ts';
import { requireStack } from './require-stack.ts';
import { stopSignal } from './stop-signal.ts';

const OPTIONS = ['config', 'data', 'network', 'profile', 'host', 'port', 'log', 'logLevel', 'json'] as const;
/** What single parts take beside those. */
const MORE = { issuer: ['issuerReview', 'screeningDays'], hsp: ['mandates'] } as const;

export const PART_USAGE = `Options of mainchain, execution, anchorer, bridge, issuer, desk, faucet and hsp
${describeOptions(OPTIONS)}
And of issuer
${describeOptions(MORE.issuer)}
And of hsp
${describeOptions(MORE.hsp)}`;

/** A command that runs one part of a network in this process, until a signal ends it. */
export function runPart(part: PartName): (args: string[]) => Promise<void> {
  return async (args) => {
    const more = part === 'issuer' || part === 'hsp' ? MORE[part] : [];
    const settings = readSettings([...OPTIONS, ...more], args);
    if (part === 'mainchain' || part === 'execution') requireStack();
    const report = openLog(settings.log, settings.logLevel);
    const keys = path.join(settings.data, 'keys');
    // Commands that start no chain need not wait for the engine to be loaded.
    const { startNode } = await import('../start-node.ts');
    const node = await startNode({
      dataDir: settings.data,
      parts: [part],
      host: settings.host,
      port: settings.port,
      identity: () => ({
        network: readNetwork(settings.network),
        accounts: loadAccounts(keys),
        insider: loadInsider(keys),
        ...(part === 'mainchain' && { validators: loadValidators(keys) }),
      }),
      profile: () => awaitProfile(settings.profile, report),
      ...(part === 'issuer' && {
        issuer: { review: settings.issuerReview, screeningDays: settings.screeningDays },
      }),
      ...(part === 'hsp' && { facilitator: { mandates: settings.mandates } }),
      report,
    });
    console.log(settings.json ? JSON.stringify({ part, url: node.url }) : `${part} is up at ${node.url}`);
    if (part === 'issuer' && !settings.json)
      console.log(`desk  ${deskLink(settings.data, node.profile!.services.issuer)}`);
    await stopSignal();
    await node.close();
  };
}
