import { describeOptions } from '../config/options.ts';
import { readSettings } from '../config/settings.ts';
import { openLog } from '../ops/log.ts';
import { deskLink } from '../issuer/desk/desk-link.ts';
import { requireStack } from './require-stack.ts';
import { stopSignal } from './stop-signal.ts';

const OPTIONS = [
  'config',
  'data',
  'host',
  'port',
  'publicUrl',
  'executionUrl',
  'funder',
  'scheme',
  'senders',
  'reads',
  'gas',
  'issuerReview',
  'screeningDays',
  'mandates',
  'log',
  'logLevel',
  'json',
] as const;

export const START_USAGE = `Options of start
${describeOptions(OPTIONS)}`;

/** Both chains and every service in this process, until a signal ends it. */
export async function start(args: string[]): Promise<void> {
  const settings = readSettings(OPTIONS, args);
  requireStack();
  const { startReferenceNode } = await import('../reference-node.ts');
  const node = await startReferenceNode({
    ...settings,
    dataDir: settings.data,
    issuer: { review: settings.issuerReview, screeningDays: settings.screeningDays },
    access: { senders: settings.senders, reads: settings.reads, gas: settings.gas },
    facilitator: { mandates: settings.mandates },
    report: openLog(settings.log, settings.logLevel),
  });
  if (settings.json) {
    console.log(JSON.stringify({ endpoints: node.endpoints, profile: node.profileFile }));
  } else {
    console.log('The reference network is up.\n');
    for (const [name, url] of Object.entries(node.endpoints)) console.log(`  ${name.padEnd(12)} ${url}`);
    console.log(
      `\n  profile      ${node.profileFile}\n  issuer desk  ${deskLink(settings.data, node.profile.services.issuer)}\n\nCtrl-C stops it.`,
    );
  }
  await stopSignal();
  await node.close();
}
