import { parseArgs } from 'node:util';
import { build } from '../../demo/start.mjs';
import { startNode } from '../support/stack.ts';
import { measureGas } from './gas.ts';
import { measureLightClient } from './light-client.ts';
import { measureNodeStart } from './node-start.ts';
import { measureProving } from './proving.ts';
import { measurePurchase } from './purchase.ts';
import { measureThroughput } from './throughput.ts';

/** `npm run bench [light-client] [proving] [purchase] [node] [throughput] [gas]`: measures on this machine; all without a name. */
const SUITES = { 'light-client': lightClient, proving, purchase, node, throughput, gas };

const print = (name: string, value: string) => console.log(`  ${name.padEnd(44)} ${value}`);
const ms = (value: number) => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;

async function lightClient(): Promise<void> {
  const node = await startNode();
  try {
    const figures = await measureLightClient(node.profile);
    print('verified head, nothing kept', ms(figures.coldMs));
    print('verified head, kept from the visit before', ms(figures.warmMs));
    print('CPU for one attestation', ms(figures.attestationCpuMs));
    print('CPU for one balance proof', ms(figures.balanceProofCpuMs));
  } finally {
    await node.remove();
  }
}

async function proving(): Promise<void> {
  const { first, warm, runs } = await measureProving();
  console.log(`  ${'stage'.padEnd(44)} ${'first'.padEnd(10)} median of ${runs} more`);
  for (const stage of Object.keys(warm))
    print(stage, `${ms(first[stage]!).padEnd(10)} ${stage === 'curve' ? 'kept' : ms(warm[stage]!)}`);
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

async function throughput(): Promise<void> {
  const node = await startNode();
  try {
    const results = await measureThroughput(node.profile, node.child.pid!);
    for (const { name, perSecond, cpuMs } of results)
      print(
        name,
        `${perSecond.toFixed(0)} transfers/s${cpuMs === undefined ? '' : `, ${cpuMs.toFixed(2)} ms CPU each`}`,
      );
    const [ours, peer] = results;
    if (ours && peer) print('hsk-node / anvil', (ours.perSecond / peer.perSecond).toFixed(2));
  } finally {
    await node.remove();
  }
}

async function gas(): Promise<void> {
  for (const [name, amount] of await measureGas()) print(name, `${amount.toLocaleString('en')} gas`);
}

const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}.`);
  process.exit(1);
}
build();
for (const [name, suite] of Object.entries(SUITES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n${name}`);
  await suite();
}
process.exit(0);
