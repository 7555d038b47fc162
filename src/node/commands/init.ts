import path from 'node:path';
import { quantity } from '../../protocol/parse.ts';
import { describeOptions } from '../config/options.ts';
import { readSettings } from '../config/settings.ts';
import { requireOpen } from '../access/options.ts';
import { initNetwork } from '../network/init-network.ts';
import { rpcCaller } from '../remote/json-rpc.ts';

const OPTIONS = ['out', 'host', 'basePort', 'executionUrl', 'senders', 'reads', 'gas'] as const;

export const INIT_USAGE = `Options of init
${describeOptions(OPTIONS)}`;

/** Lays out a network of one process for each part. */
export async function init(args: string[]): Promise<void> {
  const { out, host, basePort, executionUrl, ...access } = readSettings(OPTIONS, args);
  if (executionUrl !== undefined) requireOpen(access);
  const foreign = executionUrl !== undefined && {
    url: executionUrl,
    chainId: Number(quantity(await rpcCaller(executionUrl)('eth_chainId'), 'chainId')),
  };
  const { processes } = initNetwork({
    directory: out,
    host,
    basePort,
    access,
    ...(foreign && { foreign }),
  });
  console.log(`The network is laid out in ${out}. Start each as a process of its own, in any order:\n`);
  const config = (name: string) => path.join(out, name, 'config.json');
  for (const { name, command, port } of processes)
    if (port !== undefined) console.log(`  hsk-node ${command.padEnd(10)} --config ${config(name)}`);
  console.log(`\nThen once, which writes ${path.join(out, 'profile.json')}:\n`);
  console.log(`  hsk-node deploy     --config ${config('deployer')}\n`);
  console.log('Move a directory to another host and correct network.json everywhere to spread them.');
}
