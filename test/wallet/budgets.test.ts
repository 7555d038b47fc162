import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFunctionData, erc20Abi, type Hex, recoverAddress, recoverTypedDataAddress } from 'viem';
import { stablecoinDomain, TRANSFER_WITH_AUTHORIZATION_TYPES } from '../../src/protocol/eip3009.ts';
import {
  addressRecipient,
  type DelegationGrant,
  eoaSigner,
  grantHash,
  hspDomain,
  mandateHash,
} from '../../src/protocol/hsp.ts';
import { verifyGrant } from '../../src/protocol/verify-mandate.ts';
import { limits, MERCHANT, openBench, OWNER, PASSWORD, payment, TOKEN, word } from './fixture.ts';

const code = (expected: string) => (error: { code?: string }) => {
  assert.equal(error.code, expected);
  return true;
};

test('a budget is an account of its own with a grant by its owner', async () => {
  const { vault, clock } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock));
  assert.notEqual(budget.account, OWNER);
  assert.deepEqual((await vault.accounts())[1], { address: budget.account, index: 1000, purpose: 'budget' });
  const json = JSON.parse(budget.grant.json) as DelegationGrant;
  const grant = { ...json, notBefore: BigInt(json.notBefore), expiry: BigInt(json.expiry) };
  assert.deepEqual(grant.principal, eoaSigner(OWNER));
  assert.deepEqual(grant.agent, eoaSigner(budget.account));
  assert.equal(grantHash(hspDomain(31178), grant), budget.grant.hash);
  assert.equal(await recoverAddress({ hash: budget.grant.hash, signature: budget.grant.signature }), OWNER);
  const second = await vault.openBudget(OWNER, limits(clock));
  assert.notEqual(second.account, budget.account);
});

test('a grant is in force at once for a node whose clock is behind by a minute', async () => {
  const { vault, clock } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock));
  const json = JSON.parse(budget.grant.json) as DelegationGrant;
  const grant = { ...json, notBefore: BigInt(json.notBefore), expiry: BigInt(json.expiry) };
  const now = BigInt(clock.now) / 1000n;
  const { signature } = budget.grant;
  const check = { grant, signature, domain: hspDomain(31178) };
  assert.equal(verifyGrant({ ...check, now: now - 60n }).grantRef, budget.grant.hash);
  assert.throws(() => verifyGrant({ ...check, now: now - 61n }), code('GRANT_NOT_YET'));
});

test('a payment carries an EIP-3009 authorisation and the mandate that binds it', async () => {
  const { vault, clock } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock));
  const asked = payment(clock);
  const signed = await vault.signPayment(budget.id, asked);
  const { to, value, validAfter, validBefore, nonce } = asked;
  const payer = await recoverTypedDataAddress({
    domain: stablecoinDomain(31178, TOKEN),
    types: TRANSFER_WITH_AUTHORIZATION_TYPES,
    primaryType: 'TransferWithAuthorization',
    message: { from: budget.account, to, value, validAfter, validBefore, nonce },
    signature: signed.authorization,
  });
  assert.equal(payer, budget.account);
  const paymentId = mandateHash(hspDomain(31178), {
    nonce: asked.mandateNonce,
    signer: eoaSigner(budget.account),
    grantRef: budget.grant.hash,
    requirementRef: asked.requirementRef,
    recipient: addressRecipient(MERCHANT),
    token: TOKEN,
    amount: value,
    chainId: 31178n,
    deadline: asked.deadline,
    settlementBinding: nonce,
    requiredCapabilitiesHash: word(0),
  });
  assert.equal(signed.paymentId, paymentId);
  assert.equal(await recoverAddress({ hash: paymentId, signature: signed.mandateSignature }), budget.account);
});

test('the same nonce gives the same bytes and counts once; another payment under it is refused', async () => {
  const { vault, clock, tab } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock));
  const first = await vault.signPayment(budget.id, payment(clock));
  assert.deepEqual(await vault.signPayment(budget.id, payment(clock)), first);
  const other = tab();
  await other.unlock(PASSWORD);
  // After the payment's time is over as well: presenting it again is harmless, signing another is not.
  clock.now += 120_000;
  assert.deepEqual(await other.signPayment(budget.id, payment({ now: clock.now - 120_000 })), first);
  assert.equal((await vault.budgets())[0]?.signed, 40n);
  await assert.rejects(
    vault.signPayment(budget.id, payment(clock, { value: 1n })),
    code('BUDGET_NONCE_REUSED'),
  );
});

test('limits are kept before anything is signed', async () => {
  const { vault, clock } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock));
  const sign = (byte: number, change = {}) =>
    vault.signPayment(budget.id, payment(clock, { nonce: word(byte), ...change }));
  await assert.rejects(sign(1, { value: 41n }), code('BUDGET_PAYMENT_TOO_LARGE'));
  await assert.rejects(sign(1, { value: 0n }), code('BUDGET_PAYMENT_INVALID'));
  await assert.rejects(sign(1, { to: OWNER }), code('BUDGET_PAYEE'));
  await assert.rejects(sign(1, { validBefore: budget.expiry + 1n }), code('BUDGET_EXPIRED'));
  await assert.rejects(sign(1, { validBefore: BigInt(clock.now / 1000) }), code('BUDGET_PAYMENT_INVALID'));
  await sign(1);
  await sign(2);
  await assert.rejects(sign(3), code('BUDGET_EXCEEDED'));
  await sign(3, { value: 20n });
  await assert.rejects(sign(4, { value: 1n }), code('BUDGET_EXCEEDED'));
  clock.now += 3600_000;
  await vault.unlock(PASSWORD);
  await assert.rejects(sign(4, { value: 1n }), code('BUDGET_EXPIRED'));
});

test('two tabs at once cannot spend the same remainder', async () => {
  const { vault, clock, tab } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock, { total: 100n, perPayment: 10n }));
  const other = tab();
  await other.unlock(PASSWORD);
  const results = await Promise.allSettled(
    Array.from({ length: 24 }, (_, index) =>
      (index % 2 ? vault : other).signPayment(
        budget.id,
        payment(clock, { nonce: word(index + 1), value: 10n }),
      ),
    ),
  );
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 10);
  assert.equal((await other.budgets())[0]?.signed, 100n);
});

test('only a payment whose time is over is released, once', async () => {
  const { vault, clock } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock));
  await vault.signPayment(budget.id, payment(clock));
  await assert.rejects(vault.releasePayment(budget.id, word(1)), code('BUDGET_PAYMENT_ALIVE'));
  clock.now += 61_000;
  await vault.releasePayment(budget.id, word(1));
  await vault.releasePayment(budget.id, word(1));
  assert.equal((await vault.budgets())[0]?.signed, 0n);
  await assert.rejects(
    vault.signPayment(budget.id, payment({ now: clock.now - 61_000 })),
    code('BUDGET_PAYMENT_RELEASED'),
  );
});

test('a stopped budget signs nothing but the way back to its owner', async () => {
  const { vault, clock, tab } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock));
  const other = tab();
  await other.unlock(PASSWORD);
  const back = { value: 9n, validBefore: BigInt(clock.now) / 1000n + 60n, nonce: word(9) };
  const { sweep } = await vault.stopBudget(budget.id, back);
  const { value, validBefore, nonce } = back;
  const signer = await recoverTypedDataAddress({
    domain: stablecoinDomain(31178, TOKEN),
    types: TRANSFER_WITH_AUTHORIZATION_TYPES,
    primaryType: 'TransferWithAuthorization',
    message: { from: budget.account, to: OWNER, value, validAfter: 0n, validBefore, nonce },
    signature: sweep as Hex,
  });
  assert.equal(signer, budget.account);
  await assert.rejects(other.signPayment(budget.id, payment(clock)), code('BUDGET_STOPPED'));

  const request = {
    chainId: 31178,
    nonce: 0,
    to: TOKEN,
    value: 0n,
    gas: 1n,
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
    data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [OWNER, 5n] }),
  } as const;
  await vault.signTransaction(budget.account, request);
  const elsewhere = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [MERCHANT, 5n] });
  for (const change of [{ data: elsewhere }, { value: 1n }, { to: MERCHANT }, { chainId: 1 }])
    await assert.rejects(
      vault.signTransaction(budget.account, { ...request, ...change } as never),
      code('BUDGET_ACCOUNT'),
    );
});

test('an agent’s account signs no transactions, messages or typed data', async () => {
  const { vault, clock } = await openBench();
  const { account } = await vault.openBudget(OWNER, limits(clock));
  const request = {
    chainId: 31178,
    nonce: 0,
    to: TOKEN,
    value: 0n,
    gas: 1n,
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
    data: '0x' as const,
  };
  await assert.rejects(vault.signTransaction(account, request), code('BUDGET_ACCOUNT'));
  await assert.rejects(vault.signMessage(account, '0x00'), code('BUDGET_ACCOUNT'));
  await assert.rejects(vault.openBudget(account, limits(clock)), code('BUDGET_ACCOUNT'));
});

test('records that were changed, moved or put back are noticed', async () => {
  const { vault, clock, store } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock));
  const key = `budget/${budget.id}`;
  const before = await store.get(key);
  await vault.signPayment(budget.id, payment(clock));
  const after = (await store.get(key)) as { iv: Uint8Array; ciphertext: Uint8Array };

  await store.write([[key, before]]);
  await assert.rejects(
    vault.signPayment(budget.id, payment(clock, { nonce: word(7) })),
    code('LEDGER_TAMPERED'),
  );

  const ciphertext = Uint8Array.from(after.ciphertext);
  ciphertext[3]! ^= 1;
  await store.write([[key, { ...after, ciphertext }]]);
  await assert.rejects(vault.budgets(), code('LEDGER_TAMPERED'));

  await store.write([
    [key, after],
    ['budget/1001', after],
  ]);
  await assert.rejects(vault.budgets(), code('LEDGER_TAMPERED'));
});

test('an agent’s payments do not keep the wallet open', async () => {
  const { vault, clock } = await openBench();
  const budget = await vault.openBudget(OWNER, limits(clock));
  clock.now += 10 * 60_000;
  await vault.signPayment(budget.id, payment(clock));
  clock.now += 5 * 60_000;
  await assert.rejects(
    vault.signPayment(budget.id, payment(clock, { nonce: word(3) })),
    code('VAULT_LOCKED'),
  );
});

test('limits that make no sense are refused', async () => {
  const { vault, clock } = await openBench();
  for (const change of [
    { total: 0n },
    { perPayment: 0n },
    { perPayment: 101n },
    { expiry: BigInt(clock.now) / 1000n },
    { payees: [OWNER] },
  ])
    await assert.rejects(vault.openBudget(OWNER, limits(clock, change)), code('BUDGET_LIMITS_INVALID'));
});
