import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Address, createPublicClient, http, toHex } from 'viem';
import { mandateRegistryAbi } from '../../src/contracts/abi/MandateRegistry.ts';
import type { Agent } from '../../src/agent/agent.ts';
import type { MandateState } from '../../src/agent/agent-api.ts';
import { memoryCredentials } from '../../src/identity/credential-store.ts';
import { Holder } from '../../src/identity/holder.ts';
import { checkMandate } from '../../src/node/facilitator/mandates.ts';
import { mandateScope } from '../../src/protocol/agent-mandate.ts';
import { nullifier } from '../../src/protocol/zkid.ts';
import type { PaymentPayload } from '../../src/protocol/x402.ts';
import { proveAgain } from '../circuits/committed-circuit.ts';
import { FORM } from '../identity/issuer-fixture.ts';
import { refuses } from '../light-client/until.ts';
import { Bench, presented } from './fixture.ts';

const OTHER: Address = '0x00000000000000000000000000000000000000aa';
let bench: Bench;
let holder: Holder;
before(async () => {
  bench = await Bench.open();
  holder = new Holder({
    profile: bench.profile,
    keys: bench.vault,
    prover: async () => ({ prove: (request) => proveAgain(request), proveAhead: async () => undefined }),
    store: memoryCredentials(),
  });
});
after(() => bench.close());
afterEach(() => bench.closeAgents());

const vouch = (agent: Agent, id: string, steps: string[] = []) =>
  agent.vouch(
    id,
    (mandate, progress) => holder.proveMandate(mandate, progress),
    (step) => steps.push(step),
  );
const stateOf = async (agent: Agent, id: string): Promise<MandateState> => (await agent.mandate(id)).value;

describe('an owner vouches for an agent', () => {
  it('needs a verified identity', async () => {
    const agent = bench.agent();
    const { budget } = await agent.open(await bench.newBudget());
    assert.equal((await stateOf(agent, budget.id)).state, 'none');
    await assert.rejects(vouch(agent, budget.id), refuses('PROVER_NO_CREDENTIAL'));
    await agent.stop(budget.id);
  });

  it('is proven, counted by the facilitator, and ends when the budget is stopped', async () => {
    await holder.apply({ ...FORM, document: 'VOUCH1' });
    const agent = bench.agent();
    const payees = [OTHER, (await bench.entry('chain-activity')).payTo];
    const { budget } = await agent.open(await bench.newBudget({ payees }));
    const steps: string[] = [];
    await vouch(agent, budget.id, steps);
    assert.deepEqual([...new Set(steps)], ['proving', 'granting']);
    const { state, limit, spent, notAfter } = await stateOf(agent, budget.id);
    assert.deepEqual([state, limit, spent, notAfter], ['standing', 1_000_000n, 0n, budget.expiry]);

    const entry = await bench.entry('chain-activity');
    assert.equal((await agent.fetch(budget.id, entry.url)).status, 200);
    assert.equal((await stateOf(agent, budget.id)).spent, entry.amount);

    await agent.stop(budget.id);
    assert.equal((await stateOf(agent, budget.id)).state, 'over');
    await agent.stop(budget.id);
  });

  it('names one principal for its agents, and no wallet', async () => {
    const agent = bench.agent();
    const first = (await agent.open(await bench.newBudget({ total: 400_000n }))).budget;
    const second = (await agent.open(await bench.newBudget({ total: 400_000n }))).budget;
    await vouch(agent, first.id);
    await vouch(agent, second.id);
    const { execution, mandates } = bench.profile;
    const client = createPublicClient({ transport: http(execution.rpcUrls[0]!) });
    const registry = { address: execution.contracts.mandateRegistry!, abi: mandateRegistryAbi } as const;
    const { service } = mandates!;
    const principalOf = (account: `0x${string}`) =>
      client.readContract({ ...registry, functionName: 'principalOf', args: [service, account] });
    const scope = mandateScope(execution.chainId, registry.address, service);
    const name = nullifier(scope, await bench.vault.zkidSecret()) & ((1n << 160n) - 1n);
    assert.equal(await principalOf(first.account), toHex(name, { size: 20 }));
    assert.equal(await principalOf(second.account), await principalOf(first.account));
    for (const { id } of [first, second]) await agent.stop(id);
  });

  it('is asked for by a facilitator that requires it', async () => {
    const context = {
      profile: bench.profile,
      executionClient: createPublicClient({ transport: http(bench.profile.execution.rpcUrls[0]!) }) as never,
    };
    const seen: PaymentPayload[] = [];
    const agent = bench.agent({
      fetch: async (input, init) => {
        const payment = presented(init);
        if (payment) seen.push(payment);
        return fetch(input, init);
      },
    });
    const { budget } = await agent.open(await bench.newBudget());
    const url = bench.url('chain-activity');
    assert.equal((await agent.fetch(budget.id, url)).status, 200);
    const [payment] = seen;
    assert.equal(await checkMandate(context, 'count', payment!), undefined);
    assert.equal(await checkMandate(context, 'off', payment!), undefined);
    await assert.rejects(checkMandate(context, 'require', payment!), refuses('X402_MANDATE_MISSING'));

    await vouch(agent, budget.id);
    const { service } = bench.profile.mandates!;
    assert.deepEqual(await checkMandate(context, 'require', payment!), { service, payeeProof: [] });
    const changed = (change: Partial<PaymentPayload['payload']['authorization']>): PaymentPayload => ({
      ...payment!,
      payload: {
        ...payment!.payload,
        authorization: { ...payment!.payload.authorization, ...change },
      },
    });
    for (const [payload, reason] of [
      [changed({ value: '1000001' }), 'LimitExceeded'],
      [changed({ to: bench.owner }), 'PayeeNotAllowed'],
    ] as const)
      await assert.rejects(
        checkMandate(context, 'count', payload),
        (error: { code: string; details: string }) => {
          assert.equal(error.code, 'X402_MANDATE');
          assert.ok(error.details.startsWith(reason), error.details);
          return true;
        },
      );
    await agent.stop(budget.id);
    await assert.rejects(checkMandate(context, 'count', payment!), refuses('X402_MANDATE'));
    assert.equal(await checkMandate(context, 'off', payment!), undefined);
  });
});
