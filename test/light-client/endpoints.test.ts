import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Address } from 'viem';
import type { LightClient } from '../../src/light-client/light-client.ts';
import type { LightClientStatus } from '../../src/light-client/light-client-api.ts';
import { httpTransport } from '../../src/light-client/transport.ts';
import { type RpcServer, startRpcServer } from '../../src/node/rpc/server.ts';
import { Endpoint } from './endpoint.ts';
import { SmallDeployment } from './small-deployment.ts';
import { live, until } from './until.ts';

const PAYEE: Address = '0x00000000000000000000000000000000000000aa';

let chains: SmallDeployment;
let rpc: RpcServer;
let first: Endpoint;
let second: Endpoint;
const running: LightClient[] = [];

before(async () => {
  chains = await SmallDeployment.open();
  rpc = await startRpcServer({
    chains: { '/mainchain': chains.mainchain, '/execution': chains.execution },
    port: 0,
  });
  [first, second] = [await Endpoint.open(rpc.url), await Endpoint.open(rpc.url)];
  const { block } = await chains.transfer(PAYEE, 5n);
  await chains.attest(block);
});
after(async () => {
  running.forEach((client) => client.stop());
  first?.close();
  second?.close();
  await rpc?.close();
  await chains?.close();
});

async function follow(endpoints: Endpoint[], now: () => number = Date.now): Promise<LightClient> {
  const client = chains.client({
    now,
    transport: (_urls, chain) => httpTransport(endpoints.map(({ url }) => `${url}/${chain}`)),
  });
  running.push(client);
  await client.start(chains.firstProfile);
  await until(client, live);
  return client;
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

describe('a light client and its endpoints', () => {
  it('asks only the first while all is well', async () => {
    const client = await follow([first, second]);
    await client.read({ kind: 'account', address: PAYEE });
    assert.equal(second.total, 0);
    client.stop();
  });

  it('answers from the other endpoint within a second when the first hangs, and is live all the time', async () => {
    const client = await follow([first, second]);
    first.hangs = true;
    const seen: LightClientStatus['phase'][] = [];
    void client.subscribe(({ phase }) => seen.push(phase));
    const read = await took(() =>
      client.read({ kind: 'account', address: '0x00000000000000000000000000000000000000cc' }),
    );
    assert.ok(read < 1000, `${read} ms`);
    const { block } = await chains.transfer(PAYEE, 1n);
    await chains.attest(block);
    await until(client, ({ heads }) => heads.attested?.hash === block.hash, 3000);
    assert.deepEqual([...new Set(seen)], ['live']);
    client.stop();
    first.resume();
  });

  it('says unreachable within six seconds when its only endpoint hangs, how old its values are, and is back in two', async () => {
    const client = await follow([first]);
    first.hangs = true;
    let status!: LightClientStatus;
    const silent = await took(async () => {
      status = await until(client, ({ phase }) => phase === 'unreachable', 7000);
    });
    assert.ok(silent < 6000, `${silent} ms`);
    assert.equal(status.error?.code, 'TRANSPORT_TIMEOUT');
    assert.match(status.error?.details ?? '', /newest attested block \d+ is \d+ s old/);
    assert.ok(status.heads.attested, 'what was proven is still shown');
    first.resume();
    const back = await took(() => until(client, live));
    assert.ok(back < 2000, `${back} ms`);
    client.stop();
  });

  it('leaves an endpoint whose head stands still for one that goes on', async () => {
    let skew = 0;
    const client = await follow([first, second], () => Date.now() + skew);
    const { mainchain } = await client.status();
    first.frozenAt = mainchain!.number;
    skew = 35_000;
    const goes = await until(client, (status) => status.mainchain!.number > mainchain!.number + 2n);
    assert.equal(goes.error, undefined);
    client.stop();
    first.frozenAt = undefined;
  });
});
