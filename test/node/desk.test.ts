import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type Address,
  createWalletClient,
  defineChain,
  getAddress,
  type Hex,
  http,
  keccak256,
  parseEventLogs,
  publicActions,
  recoverAddress,
  stringToBytes,
  zeroAddress,
} from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { dvPSettlementAbi } from '../../src/contracts/abi/DvPSettlement.ts';
import { fundTokenAbi } from '../../src/contracts/abi/FundToken.ts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { memoryCredentials } from '../../src/identity/credential-store.ts';
import { Holder } from '../../src/identity/holder.ts';
import { requestQuote } from '../../src/market/quote.ts';
import { fetchOffer, fetchTerms } from '../../src/market/products.ts';
import { navSeries } from '../../src/node/desk/nav.ts';
import { OFFERINGS } from '../../src/node/deploy/offering.ts';
import { type ReferenceNode, startReferenceNode } from '../../src/node/reference-node.ts';
import { RECEIVE_WITH_AUTHORIZATION_TYPES, stablecoinDomain } from '../../src/protocol/eip3009.ts';
import { fillNonce, orderHash } from '../../src/protocol/order.ts';
import { admissionScope, policyHash } from '../../src/protocol/zkid.ts';
import { proveOnce } from '../circuits/committed-circuit.ts';
import { holderKeys } from '../identity/holder-keys.ts';
let folder: string;
let node: ReferenceNode;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hsk-desk-'));
  node = await startReferenceNode({ dataDir: path.join(folder, 'data'), port: 0 });
});

after(async () => {
  await node.close();
  rmSync(folder, { recursive: true, force: true });
});

const now = () => BigInt(Math.floor(Date.now() / 1000));

function wallet(account: PrivateKeyAccount) {
  const chain = defineChain({
    id: node.profile.execution.chainId,
    name: 'execution',
    nativeCurrency: { name: 'HSK', symbol: 'HSK', decimals: 18 },
    rpcUrls: { default: { http: [node.endpoints['execution']!] } },
  });
  return createWalletClient({ account, chain, transport: http(), pollingInterval: 50, cacheTime: 0 }).extend(
    publicActions,
  );
}

async function post(url: string, body: unknown): Promise<{ status: number; code: string | undefined }> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const json = (await response.json()) as { error?: { code: string } };
  return { status: response.status, code: json.error?.code };
}

describe('desk', () => {
  it('offers products whose documents and policies are those of the profile and the chain', async () => {
    const client = wallet(privateKeyToAccount(generatePrivateKey()));
    assert.ok(node.profile.products.length >= 2);
    for (const product of node.profile.products) {
      const offer = await fetchOffer(node.profile, product);
      assert.ok(offer.history.length > 30);
      assert.equal(offer.history.at(-1)!.nav, offer.nav);
      assert.equal(offer.asOf % 86_400, 0);
      assert.ok(offer.minimum > 0n && offer.maximum > offer.minimum);
      const terms = await fetchTerms(product, (bytes) => keccak256(bytes));
      assert.equal(keccak256(stringToBytes(terms)), product.termsHash);
      assert.match(terms, new RegExp(product.token, 'i'));
      const [hash, scope] = await client.readContract({
        address: node.profile.execution.contracts.identityRegistry,
        abi: identityRegistryAbi,
        functionName: 'policies',
        args: [product.token],
      });
      assert.equal(hash, policyHash(product.policy));
      assert.equal(scope, admissionScope(node.profile.execution.chainId, product.token, product.scopeTag));
      for (const country of [840, 364, 408, 643])
        assert.ok(!product.policy.allowedCountries.includes(country));
      assert.ok(product.policy.allowedCountries.includes(344));
    }
    assert.equal((await fetch(`${node.profile.services.desk}/terms/NOPE`)).status, 404);
  });

  it('signs quotes that the buyer can check, and refuses what it will not sell', async () => {
    const { profile } = node;
    const product = profile.products[0]!;
    const { nav, minimum, maximum } = await fetchOffer(profile, product);
    const buyer = privateKeyToAccount(generatePrivateKey()).address;
    const request = { product, buyer, quantity: 5_000_000n, shownPrice: nav };
    const quote = await requestQuote(profile, request, now());
    const hash = orderHash(profile.execution.chainId, profile.execution.contracts.settlement, quote.order);
    assert.equal(
      getAddress(await recoverAddress({ hash, signature: quote.signature })),
      getAddress(product.seller),
    );
    assert.equal(quote.order.price, nav);
    assert.equal(quote.order.buyer.toLowerCase(), buyer.toLowerCase());
    assert.ok(quote.order.validUntil - now() <= 300n && quote.order.validUntil - now() > 290n);
    const again = await requestQuote(profile, request, now());
    assert.notEqual(again.hash, quote.hash);

    const ask = (change: object) =>
      post(`${profile.services.desk}/quote`, { token: product.token, buyer, quantity: '5000000', ...change });
    for (const [change, status, code] of [
      [{ token: zeroAddress }, 404, 'DESK_UNKNOWN_PRODUCT'],
      [{ quantity: (minimum - 1n).toString() }, 400, 'DESK_QUANTITY_OUT_OF_RANGE'],
      [{ quantity: (maximum + 1n).toString() }, 400, 'DESK_QUANTITY_OUT_OF_RANGE'],
      [{ quantity: '-1' }, 400, 'PARSE_INVALID'],
      [{ quantity: 5 }, 400, 'PARSE_INVALID'],
      [{ buyer: zeroAddress }, 400, 'DESK_NO_BUYER'],
      [{ buyer: 'me' }, 400, 'PARSE_INVALID'],
    ] as const)
      assert.deepEqual(await ask(change), { status, code }, JSON.stringify(change));
  });

  it('settles a quote on chain for a buyer who proved, and for nobody else', async () => {
    const { profile } = node;
    const { settlement, stablecoin, identityRegistry } = profile.execution.contracts;
    const product = profile.products[0]!;
    const account = privateKeyToAccount(generatePrivateKey());
    const buyer = wallet(account);
    assert.equal((await post(profile.services.faucet!, { address: account.address })).status, 200);

    const fill = async () => {
      const { nav } = await fetchOffer(profile, product);
      const request = { product, buyer: account.address, quantity: 12_345_678n, shownPrice: nav };
      const quote = await requestQuote(profile, request, now());
      const fillSalt: Hex = keccak256(stringToBytes(`${quote.hash} fill`));
      const authorization = {
        from: account.address,
        to: settlement,
        value: quote.cost,
        validAfter: 0n,
        validBefore: now() + 600n,
        nonce: fillNonce(quote.hash, account.address, quote.quantity, fillSalt),
      };
      const signature = await account.signTypedData({
        domain: stablecoinDomain(profile.execution.chainId, stablecoin),
        types: RECEIVE_WITH_AUTHORIZATION_TYPES,
        primaryType: 'ReceiveWithAuthorization',
        message: authorization,
      });
      const { validAfter, validBefore } = authorization;
      const hash = await buyer.writeContract({
        address: settlement,
        abi: dvPSettlementAbi,
        functionName: 'settle',
        args: [
          quote.order,
          quote.signature,
          quote.quantity,
          fillSalt,
          { validAfter, validBefore, signature },
        ],
        gas: 600_000n,
      });
      return { quote, receipt: await buyer.waitForTransactionReceipt({ hash }) };
    };
    const balance = (token: Address, holder: Address = account.address) =>
      buyer.readContract({
        address: token,
        abi: hongKongDollarAbi,
        functionName: 'balanceOf',
        args: [holder],
      });

    const refused = await fill();
    assert.equal(refused.receipt.status, 'reverted');
    assert.equal(await balance(stablecoin), 10_000_000_000n);

    const secret = BigInt(generatePrivateKey()) >> 8n;
    const holder = new Holder({
      profile,
      keys: holderKeys(secret),
      prover: async () => ({ prove: proveOnce, proveAhead: async () => undefined }),
      store: memoryCredentials(),
    });
    await holder.apply({
      givenName: 'Wing',
      familyName: 'Chan',
      birth: 19_880_412,
      country: 344,
      kind: 'person',
      document: 'A123456',
      professional: false,
      consent: true,
    });
    const { a, b, c, publicSignals } = await holder.prove(product, account.address);
    const admission = await buyer.writeContract({
      address: identityRegistry,
      abi: identityRegistryAbi,
      functionName: 'admit',
      args: [product.token, { a, b, c }, publicSignals],
      gas: 1_000_000n,
    });
    assert.equal((await buyer.waitForTransactionReceipt({ hash: admission })).status, 'success');

    const { quote, receipt } = await fill();
    assert.equal(receipt.status, 'success');
    const [settled] = parseEventLogs({ abi: dvPSettlementAbi, eventName: 'Settled', logs: receipt.logs });
    assert.equal(settled!.args.orderHash, quote.hash);
    assert.equal(settled!.args.cost, quote.cost);
    assert.equal(settled!.args.termsHash, product.termsHash);
    assert.equal(await balance(product.token), quote.quantity);
    assert.equal(await balance(stablecoin), 10_000_000_000n - quote.cost);
    assert.equal(
      await buyer.readContract({ address: product.token, abi: fundTokenAbi, functionName: 'totalSupply' }),
      quote.quantity,
    );
  });

  it('strikes one value a day and never changes one it struck', () => {
    const file = path.join(folder, 'nav.json');
    const offering = OFFERINGS[0]!;
    const day = 86_400;
    const first = navSeries(file, offering, 1_000 * day + 5);
    assert.equal(first.at(-1)!.at, 1_000 * day);
    assert.deepEqual(navSeries(file, offering, 1_000 * day + 86_399), first);
    const later = navSeries(file, offering, 1_003 * day);
    assert.deepEqual(later.slice(0, first.length), first);
    assert.equal(later.length, first.length + 3);
    assert.equal(later.at(-1)!.nav - first.at(-1)!.nav, 3n * 1000n);
  });
});
