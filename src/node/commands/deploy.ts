import path from 'node:path';
import { serializeProfile } from '../../protocol/profile.ts';
import { describeOptions } from '../config/options.ts';
import { readSettings } from '../config/settings.ts';
import { deployProfile } from '../deploy/deploy-profile.ts';
import { lockDataDirectory } from '../keys/data-lock.ts';
import { writeDurably } from '../keys/durable-file.ts';
import { loadInsider } from '../keys/insider.ts';
import { loadAccounts } from '../keys/node-keys.ts';
import { readNetwork } from '../network/network.ts';
import { followChains } from '../network/open-chains.ts';
import { openLog } from '../ops/log.ts';

const OPTIONS = ['config', 'data', 'network', 'profile', 'funder', 'log', 'logLevel'] as const;

export const DEPLOY_USAGE = `Options of deploy
${describeOptions(OPTIONS)}`;

/** Puts the contracts on the chains of a network, once, and writes the profile that clients pin. */
export async function deploy(args: string[]): Promise<void> {
  const settings = readSettings(OPTIONS, args);
  const report = openLog(settings.log, settings.logLevel);
  const keys = path.join(settings.data, 'keys');
  const network = readNetwork(settings.network);
  const lock = lockDataDirectory(settings.data);
  try {
    const chains = await followChains({ network, insider: loadInsider(keys), report });
    try {
      const { deployer } = loadAccounts(keys);
      const profile = await deployProfile(settings.data, network, chains, deployer, settings.funder);
      writeDurably(settings.profile, serializeProfile(profile), 0o644);
    } finally {
      await chains.close();
    }
  } finally {
    lock.release();
  }
  console.log(`The contracts are in place. The profile is ${settings.profile}`);
}
