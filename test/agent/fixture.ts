import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import type { Address } from 'viem';
import { createMerchant } from '../../demo/merchant/merchant.ts';
import { Agent, type AgentParts } from '../../src/agent/agent.ts';
import type { CatalogueEntry, NewBudget } from '../../src/agent/agent-api.ts';
import { fetchCatalogue } from '../../src/agent/catalogue.ts';
import { memoryPaymentJournal, type PaymentJournal } from '../../src/agent/payment-journal.ts';
import { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { readCash } from '../../src/market/holdings.ts';
import {
  decodeHeaderValue,
  encodeHeaderValue,
  parsePaymentPayload,
  parsePaymentRequired,
  type PaymentPayload,
  type PaymentRequired,
  X402_HEADERS,
} from '../../src/protocol/x402.ts';
import { memoryJournal } from '../../src/wallet/journal.ts';
import { type Locks, memoryLocks } from '../../src/wallet/vault/locks.ts';
import { Vault } from '../../src/wallet/vault/vault.ts';
import { memoryVaultStore, type VaultStore } from '../../src/wallet/vault/vault-store.ts';
import { Wallet } from '../../src/wallet/wallet.ts';
import { live, until } from '../light-client/until.ts';
import { eventually, type SpawnedNode, spawnNode } from '../node/spawn-node.ts';
import { PASSWORD } from '../wallet/fixture.ts';

/** A real node, a merchant's shop at it, and an owner who has money. */
export class Bench {
  readonly journal: PaymentJournal = memoryPaymentJournal();
  readonly #agents: Agent[] = [];

  private constructor(
    readonly folder: string,
    public node: SpawnedNode,
    readonly lightClient: LightClient,
    readonly vault: Vault,
    readonly wallet: Wallet,
    private readonly vaultStore: VaultStore,
    private readonly locks: Locks,
    private readonly shop: ServerType,
    readonly origin: string,
  ) {}

  static async open(): Promise<Bench> {
    const folder = mkdtempSync(path.join(tmpdir(), 'hsk-agent-'));
    const node = await spawnNode(path.join(folder, 'data'));
    const { profile } = node;
    const app = new Hono();
    const shop = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await new Promise((resolve) => shop.once('listening', resolve));
    const origin = `http://127.0.0.1:${(shop.address() as { port: number }).port}/market`;
    app.route('/market', createMerchant({ profile, origin }));
    const lightClient = new LightClient({ store: memoryStore() });
    await lightClient.start(profile);
    await until(lightClient, live, 30_000);
    const locks = memoryLocks();
    const store = memoryVaultStore();
    const vault = new Vault({ store, locks });
    const wallet = new Wallet({ vault, lightClient, profile, journal: memoryJournal(), locks });
    await wallet.create(await wallet.newPhrase(), PASSWORD);
    const bench = new Bench(folder, node, lightClient, vault, wallet, store, locks, shop, origin);
    await bench.#fund();
    return bench;
  }

  get profile() {
    return this.node.profile;
  }

  get owner(): Address {
    return this.wallet.account!;
  }

  /** Another page on the same storage. */
  agent(parts: Partial<AgentParts> = {}): Agent {
    const { profile, lightClient, wallet, vault, journal, locks } = this;
    const agent = new Agent({
      profile,
      lightClient,
      wallet,
      vault,
      journal,
      locks,
      patience: 3000,
      ...parts,
    });
    this.#agents.push(agent);
    return agent;
  }

  url(resource: string): string {
    return `${this.origin}/${resource}`;
  }

  async entry(resource: string): Promise<CatalogueEntry> {
    const entries = await fetchCatalogue(fetch, `${this.origin}/catalogue`);
    return entries.find(({ url }) => url === this.url(resource))!;
  }

  async newBudget(change: Partial<NewBudget> = {}): Promise<NewBudget> {
    const { payTo } = await this.entry('chain-activity');
    return {
      total: 1_000_000n,
      perPayment: 300_000n,
      expiry: BigInt(Math.floor(Date.now() / 1000)) + 3600n,
      payees: [payTo],
      label: 'Research',
      ...change,
    };
  }

  async cash(account: Address): Promise<bigint> {
    return (await readCash(this.lightClient, this.profile, account)).value;
  }

  /** Ends the node without warning and starts it again on the same port and data. */
  async crashNode(): Promise<void> {
    const port = Number(new URL(this.profile.services.desk).port);
    await this.node.stop('SIGKILL');
    this.node = await spawnNode(path.join(this.folder, 'data'), port);
  }

  closeAgents(): void {
    for (const agent of this.#agents.splice(0)) agent.close();
  }

  /** Another tab: the same vault, with memory of its own. */
  async tab(parts: Partial<AgentParts> = {}): Promise<Agent> {
    const vault = new Vault({ store: this.vaultStore, locks: this.locks });
    await vault.unlock(PASSWORD);
    return this.agent({ vault, ...parts });
  }

  async close(): Promise<void> {
    this.closeAgents();
    this.wallet.close();
    this.lightClient.stop();
    await new Promise((resolve) => this.shop.close(resolve));
    await this.node.stop('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #fund(): Promise<void> {
    await eventually(async () => {
      const response = await fetch(this.profile.services.faucet!, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ address: this.owner }),
      });
      return response.ok;
    }, 60);
    await eventually(async () => (await this.cash(this.owner)) > 0n);
  }
}

/** What is presented, or `undefined` for a request without payment. */
export function presented(init: RequestInit | undefined): PaymentPayload | undefined {
  const header = new Headers(init?.headers).get(X402_HEADERS.signature);
  return header === null ? undefined : parsePaymentPayload(decodeHeaderValue(header), 'payment');
}

/** Requests go to the real merchant; what it demands is altered on the way back. */
export function otherTerms(change: (required: PaymentRequired) => unknown): typeof fetch {
  return async (input, init) => {
    const answer = await fetch(input, init);
    const header = answer.headers.get(X402_HEADERS.required);
    if (header === null) return answer;
    const required = parsePaymentRequired(decodeHeaderValue(header), 'required');
    const headers = new Headers(answer.headers);
    headers.set(X402_HEADERS.required, encodeHeaderValue(change(required)));
    return new Response(await answer.arrayBuffer(), { status: answer.status, headers });
  };
}

/** Requests go to the real merchant; what it confirms is altered on the way back. */
export function otherReceipt(
  change: (response: Record<string, unknown>) => unknown | Promise<unknown>,
): typeof fetch {
  return async (input, init) => {
    const answer = await fetch(input, init);
    const header = answer.headers.get(X402_HEADERS.response);
    if (header === null || !answer.ok) return answer;
    const headers = new Headers(answer.headers);
    const altered = await change(decodeHeaderValue(header) as Record<string, unknown>);
    if (altered === undefined) headers.delete(X402_HEADERS.response);
    else headers.set(X402_HEADERS.response, encodeHeaderValue(altered));
    return new Response(await answer.arrayBuffer(), { status: answer.status, headers });
  };
}
