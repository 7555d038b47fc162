import { parseArgs } from 'node:util';
import { build } from '../../demo/start.mjs';
import { startNode } from '../support/stack.ts';
import { benchChain } from './chain/chain.ts';
import { measureGas } from './gas.ts';
import { measureLightClient, measureSkips } from './light-client.ts';
import { measureMainThread } from './main-thread.ts';
import { measureNodeStart } from './node-start.ts';
import { measurePeers } from './peers/peers.ts';
import { measurePurchase } from './purchase.ts';
import { reportZkid } from './zkid/report.ts';

/** `npm run bench [light-client] [zkid] [purchase] [node] [gas]`: measures on this machine; all five without a name.
 *  `proving` is an older name of `zkid`.
 *  `npm run bench chain -- --seconds 60 --holders 100000`: hsk-node, plain ethereumjs and anvil under the same load. */
const SUITES = { 'light-client': lightClient, zkid: reportZkid, purchase, node, gas };

const print = (name: string, value: string) => console.log(`  ${name.padEnd(52)} ${value}`);
const ms = (value: number) => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;

async function lightClient(): Promise<void> {
  const node = await startNode();
  try {
    const figures = await measureLightClient(node.profile);
    print('verified head, nothing kept', ms(figures.coldMs));
    print('verified head, kept from the visit before', ms(figures.warmMs));
    for (const { changes, requests, milliseconds } of await measureSkips())
      print(
        `10,000 skipped headers, ${changes} changes of the set`,
        `${requests} requests, ${ms(milliseconds)}`,
      );
    print('CPU for one attestation', ms(figures.attestationCpuMs));
    print('CPU for one balance proof', ms(figures.balanceProofCpuMs));
    print("CPU for one update of Ethereum's sync committee", ms(figures.syncUpdateCpuMs));
    print('CPU to catch up 46 periods of sync committees', ms(figures.syncCatchUpCpuMs));
  } finally {
    await node.remove();
  }
  const { tasks, longestMs, busy } = await measureMainThread();
  print(`longest of ${tasks} tasks of the page's main thread`, ms(longestMs));
  print('share of the time that it is busy', `${(busy * 100).toFixed(1)} %`);
  console.log(
    "\n  Ethereum's mainnet as recorded (bootstrap, six periods, finality), each in its own process",
  );
  for (const { name, kib, readyMs, sync } of await measurePeers()) {
    print(`${name}: size, gzipped`, `${kib.toFixed(0)} KiB`);
    print(`${name}: code ready`, ms(readyMs));
    print(`${name}: to the finalised header`, sync ? ms(sync.syncMs) : 'takes proofs of its own format only');
    if (sync) print(`${name}: CPU, loading included`, ms(sync.cpuMs));
  }
}

async function purchase(): Promise<void> {
  const { proveMs, stallMs, attestedMs } = await measurePurchase();
  print('from "Prove" to admitted, in the browser', ms(proveMs));
  print('longest stall of the page meanwhile', ms(stallMs));
  print('from "Buy" to attested, in the browser', ms(attestedMs));
}

async function node(): Promise<void> {
  const { firstMs, againMs } = await measureNodeStart();
  print('from spawn to ready, new folder', ms(firstMs));
  print('from spawn to ready, after kill -9', ms(againMs));
}

async function gas(): Promise<void> {
  for (const [name, amount] of await measureGas()) print(name, `${amount.toLocaleString('en')} gas`);
}

const { positionals: named, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    holders: { type: 'string', default: '100000' },
    only: { type: 'string', multiple: true },
  },
});
const positionals = named.map((name) => (name === 'proving' ? 'zkid' : name));
const unknown = positionals.filter((name) => name !== 'chain' && !(name in SUITES));
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}; there are chain, ${Object.keys(SUITES).join(', ')}.`,
  );
  process.exit(1);
}
// What was started ends with this process, whatever ends it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
build();
for (const [name, suite] of Object.entries(SUITES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n${name}`);
  await suite();
}
if (positionals.includes('chain'))
  await benchChain({
    seconds: Number(values.seconds),
    holders: Number(values.holders),
    only: values.only ?? [],
  });
process.exit(0);
