import { describeOptions } from '../config/options.ts';
import { readSettings } from '../config/settings.ts';
import { readNetwork } from '../network/network.ts';
import { askStatus, describeStatuses, processesOf } from '../ops/status.ts';

const OPTIONS = ['url', 'network', 'json'] as const;

export const STATUS_USAGE = `Options of status
${describeOptions(OPTIONS)}`;

/** How one running process, or every process of a network, is. Ends with an error when one is not as it should be. */
export async function status(args: string[]): Promise<void> {
  const { url, network, json } = readSettings(OPTIONS, args);
  const processes =
    url === undefined ? processesOf(readNetwork(network)) : [{ name: new URL(url).host, url }];
  const answers = await Promise.all(processes.map(askStatus));
  console.log(json ? JSON.stringify(answers) : describeStatuses(answers));
  if (answers.some(({ status: answer }) => !answer?.ready)) process.exitCode = 1;
}
