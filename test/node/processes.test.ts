import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createPublicClient, http, numberToHex } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { FAUCET_CASH } from '../../src/node/faucet/faucet.ts';
import { rpcCaller } from '../../src/node/remote/json-rpc.ts';
import { NetworkOfProcesses } from './network-of-processes.ts';
import { eventually, runCli } from './spawn-node.ts';

const PARTS = ['mainchain', 'execution', 'anchorer', 'bridge', 'issuer', 'desk', 'faucet', 'hsp'];
const MEMBERS = ['member-0', 'member-1', 'member-2', 'member-3'];

let network: NetworkOfProcesses;

before(async () => {
  network = await NetworkOfProcesses.start([...PARTS, ...MEMBERS]);
});

after(() => (network as NetworkOfProcesses | undefined)?.remove());

/** A newcomer is paid by the faucet, and what that changed is attested and anchored. */
async function moves(): Promise<void> {
  const { profile } = network;
  const newcomer = privateKeyToAddress(generatePrivateKey());
  await eventually(async () => {
    const answer = await fetch(profile.services.faucet!, {
      method: 'POST',
      body: JSON.stringify({ address: newcomer }),
    }).catch(() => undefined);
    return answer?.ok;
  }, 90);
  const client = createPublicClient({ transport: http(profile.execution.rpcUrls[0]), cacheTime: 0 });
  const balance = () =>
    client.readContract({
      address: profile.execution.contracts.stablecoin,
      abi: hongKongDollarAbi,
      functionName: 'balanceOf',
      args: [newcomer],
    });
  assert.equal(await patiently(balance), FAUCET_CASH);
  const block = await patiently(() => client.getBlockNumber());
  const ask = rpcCaller(profile.execution.rpcUrls[0]!);
  await patiently(() => ask('hsk_getAttestation', [numberToHex(block)]));
  await patiently(() => ask('hsk_getAnchor', [numberToHex(block)]));
}

/** Until there is an answer: a part that was just started again does not answer yet. */
const patiently = <T>(ask: () => Promise<T>): Promise<NonNullable<T>> =>
  eventually(() => ask().catch(() => undefined), 60) as Promise<NonNullable<T>>;

describe('a network of one process for each part', () => {
  it('works as one', async () => {
    await moves();
    for (const url of [network.profile.services.desk, network.profile.services.issuer])
      assert.ok((await fetch(`${new URL(url).origin}/readyz`)).ok, url);
    const quotes = (await (await fetch(`${network.profile.services.desk}/products`)).json()) as {
      products: unknown[];
    };
    assert.equal(quotes.products.length, network.profile.products.length);
  });

  for (const name of [...PARTS, 'member-0'])
    it(`goes on after ${name} was killed`, async () => {
      await network.kill(name);
      network.run(name);
      await moves();
    });

  it('says how it is', async () => {
    const file = `${network.directory}/network.json`;
    const { code, output } = await eventually(async () => {
      const answer = await runCli(['status', '--network', file]);
      return answer.code === 0 && answer.output.includes('4 of 4 members answer') && answer;
    }, 30);
    assert.equal(code, 0);
    assert.match(output, /12 of 12 processes work as they should/);
    await network.kill('member-3');
    await network.kill('desk', 'SIGTERM');
    const after = await runCli(['status', '--network', file]);
    assert.equal(after.code, 1);
    assert.match(after.output, /✗ member 3 .* does not answer/);
    assert.match(after.output, /10 of 12 processes/);
  });

  it('has no key in two places', async () => {
    const keys = await runCli(['anchorer', '--config', network.config('issuer'), '--port', '0']);
    assert.notEqual(keys.code, 0);
  });
});
