import { setTimeout } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import { Hono } from 'hono';
import { type Address, encodeFunctionData, type Hex, parseEther } from 'viem';
import { accessRegistryAbi } from '../../contracts/abi/AccessRegistry.ts';
import { hongKongDollarAbi } from '../../contracts/abi/HongKongDollar.ts';
import { HskError } from '../../protocol/errors.ts';
import { address, object } from '../../protocol/parse.ts';
import { ACCESS_REGISTRY } from '../access/registry.ts';
import { refuse } from '../refuse.ts';
import { Sender } from '../sender.ts';
import type { Service, ServiceContext } from '../service-context.ts';

/** What one request pays: HK$10,000 in base units of six decimals, and 10 HSK in wei. */
export const FAUCET_CASH = 10_000_000_000n;
export const FAUCET_GAS = parseEther('10');
const DAY = 24 * 60 * 60;
/** How long a request waits for the faucet to be funded, and how often it looks. */
const FUNDING_MS = 20_000;
const FUNDING_POLL_MS = 250;

/** A payment as it is kept: signed bytes first, so that a crash never pays twice. */
interface Payment {
  /** Seconds since 1970. */
  at: number;
  raw: Hex[];
  transactions: Hex[];
  /** True once every transaction is in a block. */
  done: boolean;
}

const parseBody = object<{ address: Address }>({ address });

/**
 * `POST / {address}` → `{cash, gas, transactions}` (decimal base units), once per address and day. On a network
 * that is not open to all it also admits whom it pays, with free gas.
 */
export async function createFaucet(context: ServiceContext): Promise<Service> {
  const store = new ClassicLevel<string, Payment>(context.directory('faucet'), { valueEncoding: 'json' });
  await store.open();
  const sender = new Sender(context.executionClient, context.accounts.faucet);
  const { access } = context.profile.execution;
  const { stablecoin } = context.profile.execution.contracts;
  /** Payments under way by address: the same request again joins them. */
  const running = new Map<Address, Promise<Payment>>();

  let closing = false;

  /** The first dollars come over the bridge some seconds after a new network is up: a request waits for them. */
  const funded = async (): Promise<void> => {
    for (const until = Date.now() + FUNDING_MS; ; await setTimeout(FUNDING_POLL_MS)) {
      const funds = await context.executionClient.readContract({
        address: stablecoin,
        abi: hongKongDollarAbi,
        functionName: 'balanceOf',
        args: [sender.address],
      });
      if (funds >= FAUCET_CASH) return;
      if (closing || Date.now() > until)
        throw new HskError('FAUCET_EMPTY', 'The faucet has no dollars at the moment', {
          details: `${funds} base units`,
          action: 'Try again later, or tell the operator.',
        });
    }
  };

  const finish = async (to: Address, payment: Payment): Promise<Payment> => {
    for (const hash of payment.transactions) await sender.confirm(hash);
    const done = { ...payment, done: true };
    await store.put(to, done, { sync: true });
    return done;
  };

  const resume = async (to: Address, payment: Payment): Promise<Payment> => {
    for (const raw of payment.raw) await sender.broadcast(raw);
    return finish(to, payment);
  };

  const pay = async (to: Address): Promise<Payment> => {
    const before = await store.get(to);
    if (before && !before.done) return resume(to, before);
    const now = Math.floor(Date.now() / 1000);
    if (before && now < before.at + DAY)
      throw new HskError('FAUCET_ALREADY_PAID', 'This address was paid within the last day', {
        details: `${to}, next from ${new Date((before.at + DAY) * 1000).toISOString()}`,
        action: 'Come back tomorrow.',
      });
    await funded();
    const data = encodeFunctionData({
      abi: hongKongDollarAbi,
      functionName: 'transfer',
      args: [to, FAUCET_CASH],
    });
    const admission = encodeFunctionData({
      abi: accessRegistryAbi,
      functionName: 'admit',
      args: [[to], true],
    });
    let payment: Payment | undefined;
    await sender.sendAll(
      [
        ...(access ? [{ to: ACCESS_REGISTRY, data: admission, gas: 150_000n }] : []),
        { to: stablecoin, data, gas: 150_000n },
        { to, value: FAUCET_GAS, gas: 100_000n },
      ],
      async (signed) => {
        payment = {
          at: now,
          raw: signed.map((call) => call.raw),
          transactions: signed.map((call) => call.hash),
          done: false,
        };
        await store.put(to, payment, { sync: true });
      },
    );
    return finish(to, payment!);
  };

  const once = (to: Address, work: () => Promise<Payment>): Promise<Payment> => {
    const existing = running.get(to);
    if (existing) return existing;
    const payment = work().finally(() => running.delete(to));
    running.set(to, payment);
    return payment;
  };

  // What was signed before a crash is sent again, in the order of the nonces.
  const unfinished: [Address, Payment][] = [];
  for await (const [to, payment] of store.iterator())
    if (!payment.done) unfinished.push([to as Address, payment]);
  unfinished.sort(([, a], [, b]) => a.at - b.at);
  for (const [to, payment] of unfinished)
    once(to, () => resume(to, payment)).catch((error: unknown) =>
      context.report(`faucet: ${error instanceof Error ? error.message : String(error)}`),
    );

  const app = new Hono();
  app.onError((error, c) => refuse(c, error, { FAUCET_ALREADY_PAID: 429, FAUCET_EMPTY: 503 }));
  app.post('/', async (c) => {
    const { address: to } = parseBody(await c.req.json(), 'body');
    if (BigInt(to) === 0n)
      throw new HskError('FAUCET_NOBODY', 'Nobody holds the zero address', {
        details: to,
        action: 'Give the address of an account.',
      });
    const { transactions } = await once(to, () => pay(to));
    return c.json({ cash: FAUCET_CASH.toString(), gas: FAUCET_GAS.toString(), transactions });
  });
  return {
    app,
    async close() {
      closing = true;
      await Promise.allSettled(running.values());
      await store.close();
    },
  };
}
