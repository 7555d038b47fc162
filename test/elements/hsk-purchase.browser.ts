import { assert } from 'chai';
import {
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  type Hex,
  keccak256,
  stringToHex,
} from 'viem';
import { fundTokenSlots } from '../../src/contracts/abi/FundToken.ts';
import { hongKongDollarSlots } from '../../src/contracts/abi/HongKongDollar.ts';
import { identityRegistrySlots } from '../../src/contracts/abi/IdentityRegistry.ts';
import { dvPSettlementAbi } from '../../src/contracts/abi/DvPSettlement.ts';
import { HskPurchase } from '../../src/elements/hsk-purchase/hsk-purchase.ts';
import { define } from '../../src/elements/shared/define.ts';
import type { PurchaseRooms } from '../../src/market/purchase-rooms.ts';
import { mappingSlot } from '../../src/protocol/anchor.ts';
import { HskError } from '../../src/protocol/errors.ts';
import type { ApplicationForm } from '../../src/protocol/issuance.ts';
import { type Order, orderHash } from '../../src/protocol/order.ts';
import { buyer, order, product, profile, signOrder } from '../market/fixture.ts';
import { assertAccessible } from './axe.ts';
import { LIVE, openTestSession, proven, type ScriptedLightClient, UNREACHABLE } from './fixture.ts';

const TERMS = 'Harbour Money Market Fund\nOffering document';
const WORDS = ['expiry', 'country', 'age', 'kind', 'tier', 'screened', 'generation'];

/** What the chain, the desk and the issuer hold; the element is real, its rooms are scripted. */
class World {
  admitted = false;
  cash = 50_000_000_000n;
  units = 0n;
  credential: string[] | undefined;
  unmet: string[] = [];
  price = 10_250_000n;
  orderChange: Partial<Order> = {};
  deskDown = false;
  sent: { id?: string | undefined; data?: Hex | undefined }[] = [];
  applied: ApplicationForm | undefined;
  releaseProof: (() => void) | undefined;
  /** What was proved ahead, and for whom. */
  readonly ahead: [symbol: string, wallet: string][] = [];
  settle: 'success' | 'reverted' | 'hang' = 'success';
  tell: ((stage: { stage: 'pending'; hash: Hex; problem?: HskError }) => void) | undefined;
  finish: (() => void) | undefined;

  readonly rooms: PurchaseRooms<ApplicationForm>;

  constructor(lightClient: ScriptedLightClient) {
    const who = buyer.address.toLowerCase() as Hex;
    const record = mappingSlot(BigInt(mappingSlot(identityRegistrySlots.admissions, product.token)), who);
    const year = BigInt(Math.floor(Date.now() / 1000) + 31_536_000);
    lightClient.answers.push((query) => {
      if (query.kind === 'account')
        return { balance: 10n ** 18n, nonce: 0n, codeHash: '0x', storageRoot: '0x' } as never;
      if (query.kind !== 'storage') return undefined as never;
      return query.slots.map((slot) => {
        if (
          query.address === profile.execution.contracts.stablecoin &&
          slot === mappingSlot(hongKongDollarSlots.balances, who)
        )
          return this.cash;
        if (query.address === product.token && slot === mappingSlot(fundTokenSlots.balances, who))
          return this.units;
        if (slot === record) return this.admitted ? (1n << 200n) | (year << 160n) | 1n : 0n;
        return 1n; // The policy's epoch.
      }) as never;
    });
    this.rooms = {
      profile,
      lightClient,
      wallet: {
        signTypedData: (_account, typedData) => buyer.signTypedData(typedData as never),
        send: async (call) => {
          this.sent.push(call);
          const hash = keccak256(call.data ?? '0x');
          call.onSent?.(hash);
          if (call.id?.startsWith('admit')) {
            this.admitted = true;
            return proven(this.#receipt(hash, 'success', []));
          }
          call.onProgress?.({ stage: 'pending', hash });
          this.tell = (stage) => call.onProgress?.(stage);
          if (this.settle === 'hang')
            await new Promise<void>((resolve) => {
              this.finish = resolve;
            });
          if (this.settle === 'reverted') return proven(this.#receipt(hash, 'reverted', []));
          return proven(this.#receipt(hash, 'success', [this.#settled(call.data!)]));
        },
      },
      identity: {
        assess: async () => this.credential?.map((code) => ({ code, met: !this.unmet.includes(code) })),
        apply: async (form) => {
          this.applied = form;
          this.credential = WORDS;
        },
        proveAhead: ({ symbol }, wallet) => void this.ahead.push([symbol, wallet]),
        prove: async (_product, _wallet, progress) => {
          progress({ stage: 'proof', fraction: 0.62 });
          await new Promise<void>((resolve) => {
            this.releaseProof = resolve;
          });
          return {
            a: [1n, 2n],
            b: [
              [1n, 2n],
              [3n, 4n],
            ],
            c: [1n, 2n],
            publicSignals: [1n, 2n, 3n, 4n, 5n, 6n],
            timings: {},
          } as never;
        },
      },
    };
  }

  /** What the desk answers. */
  async answer(url: string, body: unknown): Promise<Response> {
    if (this.deskDown) throw new TypeError('Failed to fetch');
    const json = (value: unknown) =>
      new Response(JSON.stringify(value, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v)));
    const now = Math.floor(Date.now() / 1000);
    if (url.endsWith('/products'))
      return json({
        products: [
          {
            token: product.token,
            nav: this.price,
            asOf: now,
            minimum: 1_000_000n,
            maximum: 10_000_000_000n,
            history: [0, 1, 2].map((day) => ({
              at: now - (2 - day) * 86_400,
              nav: this.price - BigInt(2 - day) * 1000n,
            })),
          },
        ],
      });
    if (url.endsWith('/quote')) {
      const { quantity } = body as { quantity: string };
      const signed: Order = {
        ...order,
        price: this.price,
        maxQuantity: BigInt(quantity),
        minFill: BigInt(quantity),
        validAfter: BigInt(now - 60),
        validUntil: BigInt(now + 300),
        ...this.orderChange,
      };
      return json({ order: signed, signature: await signOrder(signed) });
    }
    if (url.includes('/terms/')) return new Response(TERMS);
    return new Response('', { status: 404 });
  }

  #receipt(transactionHash: Hex, status: 'success' | 'reverted', logs: unknown[]) {
    return { transactionHash, transactionIndex: 0, status, gasUsed: 217_000n, logs } as never;
  }

  #settled(data: Hex) {
    const [signed, , quantity] = decodeFunctionData({ abi: dvPSettlementAbi, data }).args as unknown as [
      Order,
      Hex,
      bigint,
    ];
    this.units += quantity;
    const cost = (signed.price * quantity + 999_999n) / 1_000_000n;
    this.cash -= cost;
    const topics = encodeEventTopics({
      abi: dvPSettlementAbi,
      eventName: 'Settled',
      args: { orderHash: orderId(signed), buyer: buyer.address, asset: product.token },
    });
    const data32 = encodeAbiParameters(
      [{ type: 'address' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'bytes32' }],
      [signed.seller, quantity, cost, signed.termsHash],
    );
    return { address: profile.execution.contracts.settlement, topics, data: data32, logIndex: 0 };
  }
}

function orderId(signed: Order): Hex {
  return orderHash(profile.execution.chainId, profile.execution.contracts.settlement, signed);
}

describe('<hsk-purchase>', () => {
  let world: World;
  let element: HskPurchase;
  let wallet: Awaited<ReturnType<typeof openTestSession>>['wallet'];
  let session: Awaited<ReturnType<typeof openTestSession>>['session'];
  let lightClient: ScriptedLightClient;
  const realFetch = window.fetch;

  before(() => {
    define('hsk-purchase', HskPurchase);
    product.termsHash = keccak256(stringToHex(TERMS));
    order.termsHash = product.termsHash;
    document.title = 'Test';
    document.documentElement.lang = 'en';
    window.fetch = (input, init) => {
      const url = String(input);
      if (!url.startsWith('http://127.0.0.1:1/')) return realFetch(input, init);
      return world.answer(url, init?.body ? JSON.parse(String(init.body)) : undefined);
    };
  });
  after(() => {
    window.fetch = realFetch;
  });

  beforeEach(async () => {
    for (const { name } of await indexedDB.databases())
      if (name?.startsWith('hsk-purchase'))
        await new Promise((resolve) => {
          const request = indexedDB.deleteDatabase(name);
          request.onsuccess = resolve;
          request.onblocked = resolve;
        });
    ({ session, wallet, lightClient } = await openTestSession());
    world = new World(lightClient);
  });
  afterEach(() => element.remove());

  async function mount(): Promise<void> {
    element = document.createElement('hsk-purchase');
    element.session = session;
    element.rooms = world.rooms;
    document.body.append(element);
    await element.updateComplete;
  }

  const step = () => element.renderRoot.querySelector('[data-step]')?.getAttribute('data-step');
  const all = <T extends HTMLElement>(selector: string) => [
    ...element.renderRoot.querySelectorAll<T>(selector),
  ];

  async function until(what: () => unknown, why: string): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      await element.updateComplete;
      if (what()) return;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
    throw new Error(`Waited in vain for ${why}; step ${step()}: ${element.renderRoot.textContent}`);
  }

  const at = (name: string) => until(() => step() === name, name);
  const button = (name: RegExp) =>
    all<HTMLButtonElement>('button').find((b) =>
      name.test(b.getAttribute('aria-label') ?? b.textContent ?? ''),
    );

  async function press(name: RegExp): Promise<void> {
    await until(() => button(name) && !button(name)!.disabled, `button ${name}`);
    button(name)!.click();
  }

  async function type(id: string, value: string): Promise<void> {
    await until(() => element.renderRoot.querySelector(`#${id}`), id);
    const input = element.renderRoot.querySelector<HTMLInputElement>(`#${id}`)!;
    input.value = value;
    input.dispatchEvent(new Event(input instanceof HTMLSelectElement ? 'change' : 'input'));
    await element.updateComplete;
  }

  async function toReview(amount = '2562.5'): Promise<void> {
    world.admitted = true;
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('quoting');
    await until(() => /50,000\.00/.test(element.renderRoot.textContent ?? ''), 'the balance');
    await type('amount', amount);
    await press(/Get a quote/);
  }

  async function accept(): Promise<void> {
    await at('reviewing');
    all<HTMLInputElement>('.choice input')[0]!.click();
    await press(/^\s*Buy 250 units/);
  }

  it('asks for a wallet first, and shows nothing of another one after locking', async () => {
    await mount();
    await at('needs-wallet');
    await until(() => all('hsk-wallet').length === 1, 'the wallet');
    assert.include(element.renderRoot.textContent, 'Harbour Money Market Fund');
    world.admitted = true;
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('quoting');
    wallet.open(undefined);
    await at('needs-wallet');
    assert.notInclude(element.renderRoot.textContent, '50,000');
  });

  it('leads a newcomer from the form to a holding', async () => {
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('needs-credential');
    await assertAccessible(element);
    await press(/Send for verification/);
    await until(() => all('.field-error:not([hidden])').length === 6, 'complaints');
    assert.equal(
      (element.renderRoot as ShadowRoot).activeElement?.id,
      'givenName',
      'the first complaint is focused',
    );
    assert.isFalse(all<HTMLInputElement>('#consent')[0]!.checked, 'consent is never preselected');
    await assertAccessible(element);
    await type('givenName', 'Ka Yan');
    await type('familyName', 'Lam');
    await type('document', 'A1234567');
    const [day, month, year] = all<HTMLInputElement>('.date input');
    for (const [input, value] of [
      [day!, '29'],
      [month!, '2'],
      [year!, '1988'],
    ] as const) {
      input.value = value;
      input.dispatchEvent(new Event('input'));
    }
    await type('country', '344');
    for (const box of all<HTMLInputElement>('.choice input')) box.click();
    await press(/Send for verification/);
    await at('eligible');
    assert.deepInclude(world.applied, { birth: 19_880_229, country: 344, professional: true, consent: true });
    assert.equal(all('.reasons .met').length, 7);
    assert.deepEqual(world.ahead, [[product.symbol, buyer.address.toLowerCase()]]);
    await assertAccessible(element);

    await press(/Prove you may invest/);
    await at('proving');
    const bar = element.renderRoot.querySelector('[role=progressbar]')!;
    assert.equal(bar.getAttribute('aria-valuenow'), '62');
    assert.match(element.renderRoot.textContent!, /Proving you may invest: 62%/);
    await assertAccessible(element);
    await until(() => world.releaseProof, 'the prover');
    world.releaseProof!();
    await at('quoting');
    await until(() => /50,000\.00/.test(element.renderRoot.textContent ?? ''), 'the balance');
    await assertAccessible(element);

    await type('amount', '2562.5');
    assert.include(element.renderRoot.textContent, 'About 250 units');
    await press(/Get a quote/);
    await at('reviewing');
    await assertAccessible(element);
    assert.match(button(/Buy/)!.textContent!, /Buy 250 units for HKD\s2,562\.50/);
    button(/Buy/)!.click();
    await until(
      () => /read and accept/.test(all('#terms-error')[0]?.textContent ?? ''),
      'the missing consent',
    );
    assert.equal(world.sent.length, 1, 'nothing but the admission was sent');
    let settled = 0;
    element.addEventListener('hsk-purchase-settled', () => settled++);
    all<HTMLInputElement>('.choice input')[0]!.click();
    await press(/^\s*Buy 250 units/);
    await at('settled');
    assert.equal(settled, 1);
    assert.include(element.renderRoot.textContent, 'You bought 250 units');
    await until(() => /250\s*PHMM/.test(all('[part=holding]')[0]?.textContent ?? ''), 'the holding');
    await assertAccessible(element);
  });

  it('gives a reason for every rule that is not met', async () => {
    world.credential = WORDS;
    world.unmet = ['country', 'tier'];
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('ineligible');
    const unmet = all('.reasons li').filter((row) => row.querySelector('.unmet'));
    assert.deepEqual(
      unmet.map((row) => row.children[1]!.textContent),
      ['Residence allowed by the fund', 'Investor class high enough'],
    );
    assert.isUndefined(button(/Prove/));
    await assertAccessible(element);
  });

  it('says what is wrong with an amount, where it stands', async () => {
    await toReview('ten');
    for (const [amount, words] of [
      ['ten', /Please enter an amount/],
      ['5', /smallest purchase is 1 units/],
      ['60000', /does not cover/],
      ['1000000', /at most 10,000 units/],
    ] as const) {
      await type('amount', amount);
      await press(/Get a quote/);
      await until(() => words.test(all('#amount-error')[0]?.textContent ?? ''), String(words));
      assert.equal(step(), 'quoting');
    }
    await press(/Use all/);
    await until(() => all<HTMLInputElement>('#amount')[0]!.value.startsWith('50,000'), 'everything');
  });

  it('refuses a quote that is not what was asked for, before anything is signed', async () => {
    world.orderChange = { seller: `0x${'99'.repeat(20)}` };
    await toReview();
    await until(() => element.renderRoot.querySelector('[part=error]'), 'the refusal');
    assert.equal(step(), 'quoting');
    assert.include(element.renderRoot.textContent, 'not what you asked for');
    assert.include(element.renderRoot.textContent, 'QUOTE_SELLER');
    assert.deepEqual(world.sent, []);
    await assertAccessible(element);
  });

  it('says so when the desk is away, and tries again when asked', async () => {
    await toReview('ten');
    world.deskDown = true;
    await type('amount', '2562.5');
    await press(/Get a quote/);
    await until(() => /desk does not answer/.test(element.renderRoot.textContent ?? ''), 'the desk');
    world.deskDown = false;
    await press(/Get a quote/);
    await at('reviewing');
  });

  it('shows the offering document only when it is the one that is signed', async () => {
    await toReview();
    await at('reviewing');
    await press(/Read the offering document/);
    await until(() => element.renderRoot.querySelector('.terms'), 'the document');
    assert.include(element.renderRoot.querySelector('.terms')!.textContent, 'Offering document');
    await assertAccessible(element);
    await press(/^Close$/);
    await until(() => !element.renderRoot.querySelector('.terms'), 'the sheet to close');
    const { termsHash } = product;
    product.termsHash = `0x${'00'.repeat(32)}`;
    try {
      await press(/Read the offering document/);
      const dialog = element.renderRoot.querySelector('dialog')!;
      await until(() => /not the one the fund/.test(dialog.textContent ?? ''), 'the refusal');
      assert.notExists(element.renderRoot.querySelector('.terms'));
    } finally {
      product.termsHash = termsHash;
    }
  });

  it('lets the host hold a purchase back', async () => {
    await toReview();
    element.addEventListener('hsk-purchase-confirm', (event) => event.preventDefault());
    await accept();
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    assert.equal(step(), 'reviewing');
    assert.deepEqual(world.sent, []);
  });

  it('goes on with the same authorisation after a reload, without the wallet', async () => {
    world.settle = 'hang';
    await toReview();
    await accept();
    await at('settling');
    world.tell!({ stage: 'pending', hash: '0x', problem: new HskError('RECEIPTS_ROOT', 'not the root') });
    await until(() => /could not be proven/.test(element.renderRoot.textContent ?? ''), 'the refusal');
    assert.match(element.renderRoot.textContent!, /RECEIPTS_ROOT: not the root/);
    lightClient.tell(UNREACHABLE);
    world.tell!({ stage: 'pending', hash: '0x', problem: new HskError('TRANSPORT_UNREACHABLE', 'gone') });
    await until(() => /continues by itself/.test(element.renderRoot.textContent ?? ''), 'the note');
    await assertAccessible(element);
    const [first] = world.sent;
    element.remove();
    wallet.open(undefined);

    world.settle = 'success';
    lightClient.tell(LIVE);
    const elsewhere = document.body.appendChild(document.createElement('input'));
    elsewhere.focus();
    await mount();
    await at('settled');
    assert.equal(document.activeElement, elsewhere, 'who types elsewhere goes on typing');
    elsewhere.remove();
    assert.equal(world.sent.length, 2);
    assert.equal(world.sent[1]!.id, first!.id);
    assert.equal(world.sent[1]!.data, first!.data, 'the same order, salt and signature');
    await press(/Buy more/);
    element.remove();
    await mount();
    await at('needs-wallet');
    assert.equal(world.sent.length, 2, 'what is settled is not sent again');
  });

  it('says that nothing was paid when the chain refused', async () => {
    world.settle = 'reverted';
    await toReview();
    await accept();
    await at('failed');
    assert.include(element.renderRoot.textContent, 'Nothing was paid');
    await assertAccessible(element);
    world.settle = 'success';
    await press(/Start again/);
    await at('quoting');
  });

  it('reads the net asset value by keyboard and to screen readers', async () => {
    await mount();
    await until(() => element.renderRoot.querySelector('.chart input'), 'the chart');
    const range = element.renderRoot.querySelector<HTMLInputElement>('.chart input')!;
    assert.match(range.getAttribute('aria-valuetext')!, /^HKD 10\.2500 on /);
    range.value = '0';
    range.dispatchEvent(new Event('input'));
    await element.updateComplete;
    assert.match(range.getAttribute('aria-valuetext')!, /^HKD 10\.2480 on /);
    assert.equal(all('.chart tbody tr').length, 3);
  });

  it('speaks Traditional Chinese and keeps within a phone', async () => {
    await toReview();
    element.lang = 'zh-Hant';
    await until(() => /核對認購/.test(element.renderRoot.textContent ?? ''), 'Chinese');
    assert.match(button(/認購 250 單位/)!.textContent!, /以 HKD\s2,562\.50 認購 250 單位/);
    element.style.width = '328px';
    await element.updateComplete;
    const edge = element.getBoundingClientRect().right;
    for (const part of all(':not(svg *, .visually-hidden, .visually-hidden *, .full)'))
      assert.isAtMost(part.getBoundingClientRect().right, edge + 1, part.outerHTML.slice(0, 120));
    await assertAccessible(element);
  });
});
