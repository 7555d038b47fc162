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
import type { RuleCode } from '../../src/identity/eligibility.ts';
import type { OpenStatus, Standing } from '../../src/identity/standing.ts';
import type { PurchaseRooms } from '../../src/market/purchase-rooms.ts';
import { mappingSlot, offsetSlot } from '../../src/protocol/anchor.ts';
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
  /** Where the person stands; without it, by `credential` and `unmet`. */
  standing: Standing | undefined;
  /** What the issuer answers to the form, else it issues. */
  answerTo: OpenStatus | undefined;
  uploads: [kind: string, size: number][] = [];
  uploadError: HskError | undefined;
  withdrawn = 0;
  /** Ends the review. */
  decide: (() => void) | undefined;
  reviewProblem: ((error: HskError | undefined) => void) | undefined;
  validUntil = 20991231;
  /** The registry's record: seconds since 1970, and the epoch of the policy it was made under. */
  admittedUntil = BigInt(Math.floor(Date.now() / 1000) + 31_536_000);
  epoch = 1n;
  policyEpoch = 1n;
  graceUntil = 0n;
  revoked = false;
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
    const terms = offsetSlot(mappingSlot(identityRegistrySlots.policies, product.token), 2n);
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
        // holder, expiry, epoch, standing, from the low end.
        if (slot === record)
          return this.admitted
            ? ((this.revoked ? 1n : 0n) << 248n) | (this.epoch << 200n) | (this.admittedUntil << 160n) | 1n
            : 0n;
        if (slot === terms) return (this.graceUntil << 32n) | this.policyEpoch;
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
            this.epoch = this.policyEpoch;
            this.admittedUntil = BigInt(Math.floor(Date.now() / 1000) + 31_536_000);
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
        standing: async () => {
          if (this.standing) return this.standing;
          const rules = this.credential?.map((code) => ({
            code: code as RuleCode,
            met: !this.unmet.includes(code),
          }));
          return rules ? { state: 'held', rules, validUntil: this.validUntil } : { state: 'none' };
        },
        apply: async (form) => {
          this.applied = form;
          if (this.answerTo) this.standing = { state: 'applied', status: this.answerTo };
          else {
            this.standing = undefined;
            this.credential = WORDS;
          }
        },
        upload: async (_product, kind, file, progress) => {
          progress(0.5);
          await new Promise((resolve) => {
            setTimeout(resolve, 50);
          });
          if (this.uploadError) throw this.uploadError;
          this.uploads.push([kind, file.size]);
          const { status } = this.standing as Extract<Standing, { state: 'applied' }>;
          if (status.state !== 'documents') return;
          const needs = status.needs.filter((need) => need !== kind);
          const next: OpenStatus =
            needs.length === 0
              ? { state: 'review', since: 1_795_600_000 }
              : { state: 'documents', needs, received: [...status.received, kind] };
          this.standing = { state: 'applied', status: next };
        },
        withdraw: async () => {
          this.withdrawn++;
          this.standing = { state: 'none' };
        },
        decided: (_product, signal, problem) =>
          new Promise((resolve) => {
            this.reviewProblem = problem;
            this.decide = resolve;
            signal.addEventListener('abort', () => resolve());
          }),
        proveAhead: async ({ symbol }, wallet) => {
          this.ahead.push([symbol, wallet]);
        },
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

  /** A file as a person's picker hands it over. */
  function pick(kind: string, file: File, camera = false): void {
    const input = element.renderRoot.querySelector<HTMLInputElement>(
      `[data-kind=${kind}] input${camera ? '[capture]' : ':not([capture])'}`,
    )!;
    const files = new DataTransfer();
    files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
  }

  const pdf = (name = 'registration.pdf') => new File(['%PDF-1.7 test'], name, { type: 'application/pdf' });
  async function png(name = 'passport.png'): Promise<File> {
    const canvas = new OffscreenCanvas(60, 40);
    canvas.getContext('2d')!.fillRect(0, 0, 60, 40);
    return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' });
  }
  const words = () => (element.renderRoot.textContent ?? '').replaceAll(/\s+/g, ' ');
  const shows = (pattern: RegExp) => until(() => pattern.test(words()), String(pattern));
  const open = (status: OpenStatus): Standing => ({ state: 'applied', status });

  async function arriveAs(standing: Standing, name: string): Promise<void> {
    world.standing = standing;
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at(name);
  }

  it('lets a business apply, with the name that it must have', async () => {
    world.answerTo = { state: 'documents', needs: ['registration'], received: [] };
    await arriveAs({ state: 'none' }, 'needs-credential');
    all<HTMLInputElement>('input[value=business]')[0]!.click();
    await shows(/Name of the business.*A person checks this/);
    await assertAccessible(element);
    await press(/Send for verification/);
    await until(() => all('.field-error:not([hidden])').length === 7, 'complaints');
    assert.equal((element.renderRoot as ShadowRoot).activeElement?.id, 'company');
    await type('company', 'Engines Ltd.');
    await type('givenName', 'Ka Yan');
    await type('familyName', 'Lam');
    await type('document', 'BR-1');
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
    all<HTMLInputElement>('#consent')[0]!.click();
    await press(/Send for verification/);
    await at('documents');
    assert.deepInclude(world.applied, { kind: 'business', company: 'Engines Ltd.' });
  });

  it('takes documents: chosen, looked at, sent, replaced, until a person reviews them', async () => {
    const needs = ['registration', 'identity'] as const;
    await arriveAs(open({ state: 'documents', needs: [...needs], received: [] }), 'documents');
    assert.match(words(), /2 still to be sent/);
    assert.match(words(), /up to 5 MB each/);
    await assertAccessible(element);

    pick('registration', new File(['MZ not a document'], 'virus.pdf', { type: 'application/pdf' }));
    await shows(/This is not a JPEG or PNG image or a PDF/);
    pick('registration', new File([new Uint8Array(5 * 1024 * 1024 + 1)], 'large.pdf'));
    await shows(/This file is too large/);
    assert.deepEqual(world.uploads, []);

    pick('registration', pdf());
    await shows(/registration\.pdf 1 KB/);
    assert.equal((element.renderRoot as ShadowRoot).activeElement?.id, 'send-registration');
    await assertAccessible(element);
    world.uploadError = new HskError('ISSUER_UNREACHABLE', 'away');
    await press(/^Send: Business registration/);
    await shows(/Sending: 50%/);
    await shows(/The identity service does not answer/);
    assert.isOk(button(/^Send: Business registration/), 'what was chosen is still there');
    world.uploadError = undefined;
    await press(/^Send: Business registration/);
    await shows(/1 still to be sent.*received/);
    assert.isOk(all('input[aria-label="Replace: Business registration"]')[0]);

    const file = await png();
    const data = new DataTransfer();
    data.items.add(file);
    const drop = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
    all('[data-kind=identity]')[0]!.dispatchEvent(drop);
    assert.isTrue(drop.defaultPrevented, 'the page is not left for the file');
    await until(() => all<HTMLCanvasElement>('canvas.thumbnail')[0]?.width === 60, 'the thumbnail');
    await press(/Choose another/);
    pick('identity', file, true);
    await press(/^Send: Identity document/);
    await at('in-review');
    assert.deepEqual(world.uploads, [
      ['registration', 13],
      ['identity', file.size],
    ]);
  });

  it('waits for a person in words, says that the issuer is away, and goes on by itself', async () => {
    await arriveAs(open({ state: 'review', since: 1_795_600_000 }), 'in-review');
    assert.match(words(), /In review since .*2026.*You may close this page/);
    await assertAccessible(element);
    await until(() => world.reviewProblem, 'the wait');
    world.reviewProblem!(new HskError('ISSUER_UNREACHABLE', 'away'));
    await shows(/does not answer.*Your application is not lost/);
    world.reviewProblem!(undefined);
    await until(() => !/not lost/.test(words()), 'the warning to go');
    world.standing = undefined;
    world.credential = WORDS;
    world.decide!();
    await at('eligible');
  });

  it('asks twice before an application is withdrawn', async () => {
    await arriveAs(open({ state: 'review', since: 1_795_600_000 }), 'in-review');
    await press(/Withdraw the application/);
    await until(() => (element.renderRoot as ShadowRoot).activeElement?.id === 'keep', 'the safe choice');
    await assertAccessible(element);
    await press(/Keep it/);
    assert.equal(world.withdrawn, 0);
    await press(/Withdraw the application/);
    await press(/Withdraw and delete/);
    await at('needs-credential');
    assert.equal(world.withdrawn, 1);
  });

  it('tells a refusal in words, with the reviewer’s own, and lets one apply again', async () => {
    const status = { state: 'refused', at: 1_795_600_000, note: 'Page <b>two</b> is cut off.' } as const;
    for (const [reason, pattern] of [
      ['document-unreadable', /could not be read.*clear picture/],
      ['document-mismatch', /does not match/],
      ['document-expired', /has expired/],
      ['information-incomplete', /Something was missing/],
      ['not-verified', /did not confirm who you are/],
      ['declined', /could not accept it/],
    ] as const) {
      await arriveAs(open({ ...status, reason }), 'refused');
      assert.match(words(), pattern);
      assert.include(words(), 'Page <b>two</b> is cut off.', 'the words are text');
      assert.notMatch(words(), /sanction|screening|match(ed)? (by|on) a list/i);
      if (reason === 'declined') break;
      wallet.open(undefined);
      element.remove();
    }
    await assertAccessible(element);
    await press(/Apply again/);
    await at('needs-credential');
  });

  it('tells a verification that was withdrawn, and one that ran out, each with what to do', async () => {
    await arriveAs({ state: 'removed' }, 'removed');
    assert.match(words(), /no longer counts.*stays yours/);
    await assertAccessible(element);
    wallet.open(undefined);
    element.remove();
    await arriveAs({ state: 'ended', endedOn: 20_260_131 }, 'expired');
    assert.match(words(), /valid until Jan 31, 2026/);
    await assertAccessible(element);
    await press(/Renew your verification/);
    await at('needs-credential');
  });

  it('notices a credential that is missing in the tree before anything is proven', async () => {
    world.credential = WORDS;
    let fail: ((error: HskError) => void) | undefined;
    world.rooms.identity.proveAhead = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('eligible');
    world.standing = { state: 'removed' };
    fail!(new HskError('PROVER_LEAF_ABSENT', 'not there'));
    await at('removed');
    assert.isUndefined(button(/Prove/));
  });

  it('says in plain words what a private network does not show to a wallet it does not know yet', async () => {
    const { answers } = lightClient;
    const hidden = () => {
      throw new HskError('RPC_ERROR', 'The endpoint refused eth_getProof', {
        details: '-32002 not disclosed to this account',
      });
    };
    answers.unshift(hidden);
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('checking');
    await shows(/private, and it does not show this one to your wallet.*Once your wallet is admitted/);
    await assertAccessible(element);
    answers.splice(answers.indexOf(hidden), 1);
    await at('needs-credential');
  });

  it('says so where the registry has ended the admission itself', async () => {
    world.admitted = true;
    world.revoked = true;
    world.credential = WORDS;
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('removed');
  });

  it('tells a blocked country in a sentence, and nothing that was not asked', async () => {
    world.credential = WORDS;
    world.unmet = ['country'];
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('ineligible');
    assert.match(words(), /cannot be sold to residents of your country or region/);
    await assertAccessible(element);
  });

  it('warns ahead that an admission ends, and renews it by one press', async () => {
    const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
    world.admitted = true;
    world.units = 250_000_000n;
    world.credential = WORDS;
    world.admittedUntil = BigInt(Math.floor(Date.now() / 1000) + 20 * 86_400);
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('quoting');
    await shows(/Your admission to this fund ends on/);
    assert.include(words(), day.format(Number(world.admittedUntil) * 1000));
    await assertAccessible(element);
    await press(/Prove again/);
    await shows(/Proving you may invest: 62%/);
    assert.equal(step(), 'quoting', 'the purchase stands where it was');
    await until(() => world.releaseProof, 'the prover');
    world.releaseProof!();
    await shows(/Your admission is renewed/);
    assert.deepEqual(
      world.sent.map(({ id }) => id?.slice(0, 5)),
      ['admit'],
    );
    await assertAccessible(element);
  });

  it('offers the proof again when the fund has changed its rules', async () => {
    world.admitted = true;
    world.units = 250_000_000n;
    world.credential = WORDS;
    world.policyEpoch = 2n;
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('eligible');
    await shows(/asks its holders to prove again/);
    await press(/Prove again/);
    await at('proving');
    await until(() => world.releaseProof, 'the prover');
    world.releaseProof!();
    await at('quoting');
    await until(() => !/prove again/.test(words()), 'the note to go');
  });

  it('tells until when an admission of the old rules still counts', async () => {
    world.admitted = true;
    world.units = 250_000_000n;
    world.credential = WORDS;
    world.policyEpoch = 2n;
    world.graceUntil = BigInt(Math.floor(Date.now() / 1000) + 5 * 86_400);
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('quoting');
    await shows(/asks its holders to prove again.*still counts until/);
    await assertAccessible(element);
    await press(/Prove again/);
    await until(() => world.releaseProof, 'the prover');
    world.releaseProof!();
    await shows(/Your admission is renewed/);
  });

  it('goes back to proving when an admission lapses under the buyer’s hands', async () => {
    world.admitted = true;
    world.credential = WORDS;
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('quoting');
    await until(() => /50,000\.00/.test(words()), 'the balance');
    world.policyEpoch = 2n;
    lightClient.tell({
      ...LIVE,
      heads: { ...LIVE.heads, attested: { ...LIVE.heads.attested!, number: 121n } },
    });
    await at('eligible');
  });

  it('warns ahead that the verification itself ends', async () => {
    const soon = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
    world.admitted = true;
    world.credential = WORDS;
    world.validUntil = Number(soon);
    await mount();
    wallet.open(buyer.address.toLowerCase() as Hex);
    await at('quoting');
    await shows(/Your verification is valid until/);
    await assertAccessible(element);
    await press(/Renew your verification/);
    await at('needs-credential');
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
