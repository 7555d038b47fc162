import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentPayment } from '../../src/agent/agent-api.ts';
import type { PaymentPayload } from '../../src/protocol/x402.ts';
import { refuses } from '../light-client/until.ts';
import { eventually } from '../node/spawn-node.ts';
import { Bench, otherTerms, presented } from './fixture.ts';

let bench: Bench;
before(async () => {
  bench = await Bench.open();
});
after(() => bench.close());
afterEach(() => bench.closeAgents());

const open = async (total = 1_000_000n) =>
  (await bench.agent().open(await bench.newBudget({ total }))).budget;
const signed = async (id: string) => (await bench.vault.budgets()).find((one) => one.id === id)!.signed;

/** A fetch that keeps what was presented and, while `broken`, loses the answer in this way. */
function flaky(lose: 'request' | 'answer' | 'refuses', base: typeof fetch = fetch) {
  const payments: PaymentPayload[] = [];
  const state = { broken: true };
  const route: typeof fetch = async (input, init) => {
    const payment = presented(init);
    if (!payment) return base(input, init);
    payments.push(payment);
    if (!state.broken) return base(input, init);
    if (lose === 'request') throw new TypeError('network');
    if (lose === 'refuses') return Response.json({ error: 'no' }, { status: 402 });
    await (await base(input, init)).arrayBuffer();
    throw new TypeError('the connection broke');
  };
  return { route, payments, state };
}

/** The longest time that a merchant gives here, so that tests see it end. */
const hurried = otherTerms((required) => ({
  ...required,
  accepts: required.accepts.map((offer) => ({ ...offer, maxTimeoutSeconds: 10 })),
}));

describe('an unknown outcome', () => {
  it('is presented again with the same bytes until it is known', async () => {
    const budget = await open();
    const { route, payments, state } = flaky('answer');
    const agent = bench.agent({ fetch: route });
    const response = agent.fetch(budget.id, bench.url('chain-activity'));
    await eventually(async () => payments.length >= 2);
    const [unknown] = await agent.payments(budget.id);
    assert.deepEqual([unknown!.status, unknown!.error?.code], ['presented', 'MERCHANT_UNREACHABLE']);
    state.broken = false;
    assert.equal((await response).status, 200);
    for (const payment of payments) assert.deepEqual(payment, payments[0]);
    assert.equal((await agent.payments(budget.id)).length, 1);
    const [view] = await agent.budgets();
    assert.deepEqual([view!.spent, view!.balance], [120_000n, 880_000n]);
  });

  it('is taken up after the page was closed, and its resource handed out without paying again', async () => {
    const budget = await open();
    const { route, payments } = flaky('answer');
    const closed = bench.agent({ fetch: route });
    const lost = closed.fetch(budget.id, bench.url('anchor-lag'));
    lost.catch(() => undefined);
    await eventually(async () => payments.length >= 1);
    closed.close();
    await assert.rejects(lost, refuses('AGENT_CLOSED'));

    const later = flaky('answer');
    later.state.broken = false;
    const agent = bench.agent({ fetch: later.route });
    await agent.resume();
    assert.deepEqual(later.payments, [payments[0]]);
    assert.equal((await agent.payments(budget.id))[0]!.status, 'paid');
    assert.equal((await agent.fetch(budget.id, bench.url('anchor-lag'))).status, 200);
    assert.equal((await agent.payments(budget.id)).length, 1);
    assert.equal(await signed(budget.id), 180_000n);
    // From now on a request is a new purchase.
    await agent.fetch(budget.id, bench.url('anchor-lag'));
    assert.equal(await signed(budget.id), 360_000n);
  });

  for (const after of [40, 150])
    it(`survives a node that is killed ${after} ms after the payment was presented`, async () => {
      const budget = await open();
      const payments: PaymentPayload[] = [];
      let crashed: Promise<void> | undefined;
      const agent = bench.agent({
        fetch: (input, init) => {
          const payment = presented(init);
          if (payment) payments.push(payment);
          if (payment) crashed ??= sleep(after).then(() => bench.crashNode());
          return fetch(input, init);
        },
      });
      const response = await agent.fetch(budget.id, bench.url('stablecoin-supply'));
      assert.equal(response.status, 200);
      await crashed;
      for (const payment of payments) assert.deepEqual(payment, payments[0]);
      await eventually(async () => (await bench.cash(budget.account)) === 850_000n, 40);
      assert.equal((await agent.payments(budget.id)).length, 1);
    });

  it('leaves nothing behind when who asked no longer waits', async () => {
    const budget = await open();
    const { route, payments, state } = flaky('request');
    const agent = bench.agent({ fetch: route });
    const stop = new AbortController();
    const response = agent.fetch(budget.id, bench.url('chain-activity'), { signal: stop.signal });
    response.catch(() => undefined);
    await eventually(async () => payments.length >= 1);
    stop.abort(new Error('no longer'));
    await assert.rejects(response, /no longer/);
    state.broken = false;
    await eventually(async () => (await agent.payments(budget.id))[0]!.status === 'paid');
  });

  it('is given back to the budget when it is proven that nothing was paid', async () => {
    const budget = await open();
    const { route, payments } = flaky('refuses', hurried);
    const agent = bench.agent({ fetch: route });
    const seen = new Set<AgentPayment['status']>();
    agent.addEventListener('change', () => {
      void agent.payments(budget.id).then(([payment]) => payment && seen.add(payment.status));
    });
    const response = agent.fetch(budget.id, bench.url('committee-health'));
    response.catch(() => undefined);
    await eventually(async () => payments.length >= 1);
    assert.equal(await signed(budget.id), 200_000n);
    // While the old one is undecided, stopping the page and asking again does not make a second one.
    await assert.rejects(response, refuses('PAYMENT_LAPSED'));
    assert.equal(new Set(payments.map(({ payload }) => payload.signature)).size, 1);
    const [payment] = await agent.payments(budget.id);
    assert.deepEqual([payment!.status, payment!.error?.code], ['refused', 'PAYMENT_LAPSED']);
    assert.equal(await signed(budget.id), 0n);
    assert.deepEqual([...seen].slice(0, 3), ['asking', 'signing', 'presented']);
  });

  it('that was paid without the resource is counted as spent', async () => {
    const budget = await open();
    const { route } = flaky('answer', hurried);
    const agent = bench.agent({ fetch: route });
    await assert.rejects(
      agent.fetch(budget.id, bench.url('chain-activity')),
      refuses('PAYMENT_WITHOUT_RESOURCE'),
    );
    const [payment] = await agent.payments(budget.id);
    assert.equal(payment!.status, 'failed');
    assert.ok(payment!.transaction && payment!.rung && payment!.evidenceId);
    assert.equal((await agent.budgets()).find((view) => view.budget.id === budget.id)!.spent, 120_000n);
  });
});

describe('stopping', () => {
  it('waits for what is under way and brings back the rest', async () => {
    const before = await bench.cash(bench.owner);
    const budget = await open();
    const { route, payments, state } = flaky('request');
    const agent = bench.agent({ fetch: route });
    const response = agent.fetch(budget.id, bench.url('fund-figures'));
    await eventually(async () => payments.length >= 1);
    const stopped = bench.agent().stop(budget.id);
    // What nobody was promised is back at once.
    await eventually(async () => (await bench.cash(budget.account)) === 250_000n);
    await assert.rejects(bench.agent().fetch(budget.id, bench.url('anchor-lag')), refuses('BUDGET_STOPPED'));
    state.broken = false;
    assert.equal((await response).status, 200);
    await stopped;
    assert.equal(await bench.cash(budget.account), 0n);
    assert.equal(await bench.cash(bench.owner), before - 250_000n);
  });

  it('brings back what a payment that lapsed had been promised', async () => {
    const before = await bench.cash(bench.owner);
    const budget = await open();
    const { route, payments } = flaky('request', hurried);
    const agent = bench.agent({ fetch: route });
    const response = agent.fetch(budget.id, bench.url('fund-figures'));
    response.catch(() => undefined);
    await eventually(async () => payments.length >= 1);
    await bench.agent({ fetch: route }).stop(budget.id);
    await assert.rejects(response, refuses('PAYMENT_LAPSED'));
    assert.equal(await bench.cash(bench.owner), before);
  });

  it('drops a budget whose page was closed before it was funded', async () => {
    const { total, perPayment, expiry, payees, label } = await bench.newBudget();
    const { chainId, contracts } = bench.profile.execution;
    const limits = { token: contracts.stablecoin, chainId, total, perPayment, expiry, payees, label };
    const { id } = await bench.vault.openBudget(bench.owner, limits);
    const funded = await open();
    await bench.agent().resume();
    const status = new Map((await bench.vault.budgets()).map((budget) => [budget.id, budget.status]));
    assert.deepEqual([status.get(id), status.get(funded.id)], ['stopped', 'open']);
  });
});
