import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { parseEvidence } from '../../src/protocol/evidence.ts';
import { verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { encodeHeaderValue, type PaymentPayload } from '../../src/protocol/x402.ts';
import { refuses } from '../light-client/until.ts';
import { eventually } from '../node/spawn-node.ts';
import { PASSWORD } from '../wallet/fixture.ts';
import { Bench, presented } from './fixture.ts';

let bench: Bench;
before(async () => {
  bench = await Bench.open();
});
after(() => bench.close());
afterEach(() => bench.closeAgents());

describe('an agent pays a merchant', () => {
  it('opens a budget, buys everything on offer and gets back what is left', async () => {
    const agent = bench.agent();
    const before = await bench.cash(bench.owner);
    const steps: string[] = [];
    const { budget, balance } = await agent.open(await bench.newBudget(), (step) => steps.push(step));
    assert.deepEqual(steps, ['signing', 'funding', 'open']);
    assert.equal(balance, 1_000_000n);
    assert.equal(await bench.cash(bench.owner), before - 1_000_000n);

    const catalogue = await agent.catalogue(`${bench.origin}/catalogue`);
    assert.equal(catalogue.length, 5);
    const total = catalogue.reduce((sum, { amount }) => sum + amount, 0n);
    for (const { url, title } of catalogue) {
      const response = await agent.fetch(budget.id, url);
      assert.equal(response.status, 200);
      const body = (await response.json()) as Record<string, unknown>;
      assert.equal(body['resource'], title);
      assert.ok(Object.keys(body).length > 1);
    }
    const payments = await agent.payments(budget.id);
    assert.deepEqual(
      payments.map(({ status }) => status),
      payments.map(() => 'paid'),
    );
    assert.deepEqual(payments.map(({ title }) => title).toSorted(), catalogue.map((e) => e.title).toSorted());
    const [view] = await agent.budgets();
    assert.deepEqual([view!.spent, view!.balance], [total, 1_000_000n - total]);
    assert.equal(await bench.cash(catalogue[0]!.payTo), total);

    const { evidenceId, transaction } = payments[0]!;
    const evidence = parseEvidence(JSON.parse(await bench.lightClient.evidence(evidenceId!)));
    const { claim } = verifyEvidence(evidence, bench.profile, anchorRegistrySlots);
    assert.ok(claim.kind === 'receipt' && claim.transactionHash === transaction);

    await agent.stop(budget.id);
    assert.equal(await bench.cash(budget.account), 0n);
    assert.equal(await bench.cash(bench.owner), before - total);
    await assert.rejects(agent.fetch(budget.id, bench.url('chain-activity')), refuses('BUDGET_STOPPED'));
    await agent.stop(budget.id);

    await eventually(async () => (await agent.payments(budget.id)).at(-1)!.rung === 'final', 40);
  });

  it('keeps to the limits of the budget', async () => {
    const agent = bench.agent();
    const small = await agent.open(await bench.newBudget({ total: 400_000n, perPayment: 200_000n }));
    const { id } = small.budget;
    await assert.rejects(agent.fetch(id, bench.url('fund-figures')), refuses('TERMS_AMOUNT'));
    const [refused] = await agent.payments(id);
    assert.deepEqual([refused!.status, refused!.error?.code], ['refused', 'TERMS_AMOUNT']);
    // 180 + 150 fit into 400, 200 more do not, whoever comes first.
    const results = await Promise.allSettled(
      ['anchor-lag', 'stablecoin-supply', 'committee-health'].map((name) => agent.fetch(id, bench.url(name))),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 2);
    const failure = results.find((result) => result.status === 'rejected');
    refuses('BUDGET_EXCEEDED')(failure?.reason);
    const [view] = await agent.budgets();
    assert.ok(view!.spent <= 400_000n && view!.spent + view!.balance === 400_000n);
  });

  it('asks for nothing when the resource is free or missing', async () => {
    const agent = bench.agent();
    const { budget } = await agent.open(await bench.newBudget({ total: 300_000n }));
    const free = await agent.fetch(budget.id, `${bench.origin}/catalogue`);
    assert.equal(((await free.json()) as unknown[]).length, 5);
    assert.deepEqual(await agent.payments(budget.id), []);
    await assert.rejects(agent.fetch(budget.id, bench.url('nothing')), refuses('RESOURCE_UNAVAILABLE'));
    await assert.rejects(agent.fetch('7', bench.url('nothing')), refuses('BUDGET_UNKNOWN'));
  });

  it('pays once for two requests at a time, and once each', async () => {
    const agent = bench.agent();
    const nonces: string[] = [];
    const counting = bench.agent({
      fetch: (input, init) => {
        const payment = presented(init);
        if (payment) nonces.push(payment.payload.authorization.nonce);
        return fetch(input, init);
      },
    });
    const { budget } = await agent.open(await bench.newBudget());
    const url = bench.url('chain-activity');
    await Promise.all([counting.fetch(budget.id, url), counting.fetch(budget.id, url)]);
    assert.equal(new Set(nonces).size, 2);
    assert.equal(nonces.length, 2);
    await assert.rejects(
      agent.fetch(budget.id, url, { signal: AbortSignal.abort(new Error('no longer')) }),
      /no longer/,
    );
  });

  it('is one agent in two tabs: neither limit nor stop is passed by', async () => {
    const [here, there] = [bench.agent(), await bench.tab()];
    const { budget } = await here.open(await bench.newBudget({ total: 400_000n }));
    let told = 0;
    there.addEventListener('change', () => told++);
    const results = await Promise.allSettled([
      here.fetch(budget.id, bench.url('anchor-lag')),
      there.fetch(budget.id, bench.url('committee-health')),
      there.fetch(budget.id, bench.url('stablecoin-supply')),
      here.fetch(budget.id, bench.url('fund-figures')),
    ]);
    const paid = (await there.payments(budget.id)).filter(({ status }) => status === 'paid');
    assert.equal(paid.length, results.filter(({ status }) => status === 'fulfilled').length);
    const spent = paid.reduce((sum, { amount }) => sum + amount, 0n);
    assert.ok(spent > 0n && spent <= 400_000n);
    assert.equal(await bench.cash(budget.account), 400_000n - spent);
    for (const result of results) if (result.status === 'rejected') refuses('BUDGET_EXCEEDED')(result.reason);
    await Promise.all([here.stop(budget.id), there.stop(budget.id)]);
    await assert.rejects(there.fetch(budget.id, bench.url('chain-activity')), refuses('BUDGET_STOPPED'));
    assert.equal(await bench.cash(budget.account), 0n);
    assert.ok(told > 0);
  });

  it('binds the goods to who paid: a payment copied from the chain buys nothing', async () => {
    let shown: PaymentPayload | undefined;
    const agent = bench.agent({
      fetch: (input, init) => {
        shown = presented(init) ?? shown;
        return fetch(input, init);
      },
    });
    const { budget } = await agent.open(await bench.newBudget({ total: 300_000n }));
    const url = bench.url('chain-activity');
    await agent.fetch(budget.id, url);
    const present = (payment: unknown) =>
      fetch(url, { headers: { 'PAYMENT-SIGNATURE': encodeHeaderValue(payment) } });
    assert.equal((await present(shown)).status, 200);
    const { extensions: _, ...copied } = shown!;
    const answer = await present(copied);
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { error: string }).error],
      [402, 'PAYMENT_USED'],
    );
  });

  it('signs nothing while the wallet is locked', async () => {
    const agent = bench.agent();
    const { budget } = await agent.open(await bench.newBudget({ total: 300_000n }));
    await bench.wallet.lock();
    await assert.rejects(agent.fetch(budget.id, bench.url('chain-activity')), refuses('VAULT_LOCKED'));
    await assert.rejects(agent.budgets(), refuses('VAULT_LOCKED'));
    await assert.rejects(agent.stop(budget.id), refuses('VAULT_LOCKED'));
    await assert.rejects(agent.open(await bench.newBudget()), refuses('VAULT_LOCKED'));
    await bench.wallet.unlock(PASSWORD);
    assert.equal((await agent.fetch(budget.id, bench.url('chain-activity'))).status, 200);
  });

  it('stops a budget that cannot be funded', async () => {
    const agent = bench.agent();
    const cash = await bench.cash(bench.owner);
    await assert.rejects(agent.open(await bench.newBudget({ total: cash + 1n })), refuses('CALL_REVERTS'));
    const [view] = await agent.budgets();
    assert.deepEqual([view!.budget.status, view!.funding], ['stopped', 'none']);
    assert.equal(await bench.cash(bench.owner), cash);
  });
});
