import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bytesToHex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { createMerchant } from '../../demo/merchant/merchant.ts';
import { merchantAccount } from '../../demo/merchant/merchant-account.ts';
import { RESOURCES } from '../../demo/merchant/resources.ts';
import { stablecoinDomain, TRANSFER_WITH_AUTHORIZATION_TYPES } from '../../src/protocol/eip3009.ts';
import {
  decodeHeaderValue,
  encodeHeaderValue,
  parsePaymentRequired,
  parseSettleResponse,
  type PaymentPayload,
} from '../../src/protocol/x402.ts';
import { eventually, type SpawnedNode, spawnNode } from '../node/spawn-node.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'hsk-merchant-'));
const payer = privateKeyToAccount(generatePrivateKey());
let node: SpawnedNode;
let shop: ReturnType<typeof createMerchant>;

const open = (change: object = {}) =>
  createMerchant({
    profile: { ...node.profile, services: { ...node.profile.services, ...change } },
    origin: 'http://shop.test/market/',
    keyFile: path.join(folder, 'merchant.key'),
  });

before(async () => {
  node = await spawnNode(path.join(folder, 'data'));
  shop = open();
  await eventually(async () => {
    const body = JSON.stringify({ address: payer.address });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(node.profile.services.faucet!, { method: 'POST', headers, body })).ok;
  }, 60);
  await eventually(async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hsk_getAnchor', params: ['latest'] });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(node.profile.execution.rpcUrls[0]!, { method: 'POST', headers, body });
    return ((await answer.json()) as { result: unknown }).result;
  }, 60);
});
after(async () => {
  await node.stop('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

/** Any x402 client's payment for what is demanded here; no mandate. */
async function pay(
  resource: string,
  change: Partial<PaymentPayload['accepted']> = {},
): Promise<PaymentPayload> {
  const answer = await shop.request(`/${resource}`);
  assert.equal(answer.status, 402);
  const required = parsePaymentRequired(
    decodeHeaderValue(answer.headers.get('PAYMENT-REQUIRED')!),
    'required',
  );
  const accepted = { ...required.accepts[0]!, ...change };
  const { chainId, contracts } = node.profile.execution;
  const authorization = {
    from: payer.address,
    to: accepted.payTo,
    value: BigInt(accepted.amount),
    validAfter: 0n,
    validBefore: BigInt(Math.floor(Date.now() / 1000) + accepted.maxTimeoutSeconds),
    nonce: bytesToHex(crypto.getRandomValues(new Uint8Array(32))),
  };
  const signature = await payer.signTypedData({
    domain: stablecoinDomain(chainId, contracts.stablecoin),
    types: TRANSFER_WITH_AUTHORIZATION_TYPES,
    primaryType: 'TransferWithAuthorization',
    message: authorization,
  });
  const { value, validAfter, validBefore } = authorization;
  return {
    x402Version: 2,
    resource: required.resource,
    accepted,
    payload: {
      signature,
      authorization: {
        ...authorization,
        value: String(value),
        validAfter: String(validAfter),
        validBefore: String(validBefore),
      },
    },
  };
}

async function present(resource: string, payment: unknown, at = shop) {
  const headers = { 'PAYMENT-SIGNATURE': encodeHeaderValue(payment) };
  const answer = await at.request(`/${resource}`, { headers });
  const header = answer.headers.get('PAYMENT-RESPONSE');
  const settled = header === null ? undefined : parseSettleResponse(decodeHeaderValue(header), 'response');
  return { status: answer.status, settled, body: (await answer.json()) as Record<string, unknown> };
}

describe('the demo merchant', () => {
  it('lists what it sells, at prices that tell resources apart', async () => {
    const list = (await (await shop.request('/catalogue')).json()) as Record<string, string>[];
    assert.deepEqual(
      list.map(({ url }) => url),
      RESOURCES.map(({ path }) => `http://shop.test/market/${path}`),
    );
    assert.equal(new Set(list.map(({ amount }) => amount)).size, list.length);
    assert.equal(new Set(list.map(({ payTo }) => payTo)).size, 1);
    assert.equal(list[0]!['payTo'], merchantAccount(path.join(folder, 'merchant.key')));
  });

  it('sells computed figures to any x402 client', async () => {
    const sold: Record<string, Record<string, unknown>> = {};
    for (const { path } of RESOURCES) {
      const { status, settled, body } = await present(path, await pay(path));
      assert.equal(status, 200, JSON.stringify(body));
      assert.ok(settled!.success && settled!.transaction);
      sold[path] = body;
    }
    const [fund] = sold['fund-figures']!['funds'] as { nav: string; points: number }[];
    const desk = await fetch(`${node.profile.services.desk}/products`);
    const { products } = (await desk.json()) as { products: { nav: string }[] };
    assert.equal(BigInt(fund!.nav.replace('.', '')), BigInt(products[0]!.nav));
    assert.ok((sold['chain-activity']!['transactions'] as number) > 0);
    assert.equal(typeof (sold['anchor-lag']!['lagSeconds'] as { median: number }).median, 'number');
    assert.equal(sold['stablecoin-supply']!['coveragePercent'], 100);
    const members = sold['committee-health']!['members'] as { reachable: boolean }[];
    assert.deepEqual(members.map(({ reachable }) => reachable), members.map(() => true)); // prettier-ignore
  });

  it('gives the same goods for the same payment, and no others', async () => {
    const payment = await pay('chain-activity');
    const [first, second] = await Promise.all([
      present('chain-activity', payment),
      present('chain-activity', payment),
    ]);
    const third = await present('chain-activity', payment);
    assert.equal(first.status, 200);
    assert.deepEqual([second, third], [first, first]);
    const elsewhere = await present('anchor-lag', payment);
    assert.deepEqual([elsewhere.status, elsewhere.body['error']], [402, 'PAYMENT_FOR_OTHER_RESOURCE']);
    // After a restart nothing but the chain is left, from which anybody can copy the payment.
    const restarted = await present('chain-activity', payment, open());
    assert.deepEqual([restarted.status, restarted.body['error']], [402, 'PAYMENT_USED']);
  });

  it('refuses what does not pay', async () => {
    const refused = async (resource: string, payment: unknown, reason: string) => {
      const { status, settled, body } = await present(resource, payment);
      assert.deepEqual([status, settled?.success, body['error']], [402, false, reason]);
    };
    await refused('anchor-lag', 'thanks', 'PAYMENT_UNREADABLE');
    await refused('anchor-lag', await pay('anchor-lag', { amount: '1' }), 'X402_ACCEPTED');
    await refused('anchor-lag', await pay('anchor-lag', { payTo: payer.address }), 'X402_ACCEPTED');
    const late = await pay('anchor-lag', { maxTimeoutSeconds: -5 });
    await refused(
      'anchor-lag',
      { ...late, accepted: { ...late.accepted, maxTimeoutSeconds: 60 } },
      'X402_EXPIRED',
    );
    const forged = await pay('anchor-lag');
    await refused(
      'anchor-lag',
      { ...forged, payload: { ...forged.payload, signature: `0x${'11'.repeat(64)}1b` } },
      'X402_SIGNATURE',
    );
    await refused('anchor-lag', { ...forged, extensions: { hsp: {} } }, 'PAYMENT_UNREADABLE');
  });

  it('asks for the same payment again while the outcome is unknown, and takes no money for nothing', async () => {
    const payment = await pay('fund-figures');
    const cut = open({ facilitator: 'http://127.0.0.1:9' });
    assert.equal((await present('fund-figures', payment, cut)).status, 503);
    const empty = open({ desk: 'http://127.0.0.1:9' });
    assert.equal((await present('fund-figures', payment, empty)).status, 503);
    const { status, settled } = await present('fund-figures', payment);
    assert.deepEqual([status, settled!.amount], [200, '250000']);
  });
});
