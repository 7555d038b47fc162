import { assert } from 'chai';
import { HskAgent } from '../../src/elements/hsk-agent/hsk-agent.ts';
import type {
  ElementErrorEvent,
  EvidenceSubject,
  OpenEvidenceEvent,
} from '../../src/elements/shared/events.ts';
import { define } from '../../src/elements/shared/define.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { AgentRoom, CATALOGUE, HKD, merchant, owner } from './agent-room.ts';
import { assertAccessible } from './axe.ts';
import { LIVE, openTestSession, type ScriptedLightClient } from './fixture.ts';

describe('<hsk-agent>', () => {
  let room: AgentRoom;
  let element: HskAgent;
  let wallet: Awaited<ReturnType<typeof openTestSession>>['wallet'];
  let session: Awaited<ReturnType<typeof openTestSession>>['session'];
  let lightClient: ScriptedLightClient;
  const realFetch = window.fetch;

  before(() => {
    define('hsk-agent', HskAgent);
    document.title = 'Test';
    document.documentElement.lang = 'en';
    window.fetch = (input, init) => {
      if (!String(input).startsWith('http://127.0.0.1:1/faucet')) return realFetch(input, init);
      room.cash += 100n * HKD;
      return Promise.resolve(new Response('{}'));
    };
  });
  after(() => {
    window.fetch = realFetch;
  });

  beforeEach(async () => {
    ({ session, wallet, lightClient } = await openTestSession());
    room = new AgentRoom(lightClient);
  });
  afterEach(() => element.remove());

  async function mount(
    attributes: { catalogue?: string; payees?: string } = {},
    onError?: (event: ElementErrorEvent) => void,
  ): Promise<void> {
    element = document.createElement('hsk-agent');
    element.session = session;
    element.agent = room;
    element.catalogue = '/market/catalogue';
    Object.assign(element, attributes);
    if (onError) element.addEventListener('hsk-error', onError);
    document.body.append(element);
    await element.updateComplete;
  }

  async function mountOpen(): Promise<void> {
    wallet.open(owner);
    await mount();
    await until(() => element.renderRoot.querySelector('[part=stop]'), 'the open budget');
  }

  const text = () => element.renderRoot.textContent!.replaceAll(/\s+/g, ' ');
  const bar = () => (all('.bar')[0]?.getAttribute('aria-label') ?? '').replaceAll(/\s+/g, ' ');
  const step = () => element.renderRoot.querySelector('[data-step]')?.getAttribute('data-step');
  const all = <T extends HTMLElement>(selector: string) => [
    ...element.renderRoot.querySelectorAll<T>(selector),
  ];
  const focused = () => (element.renderRoot as ShadowRoot).activeElement as HTMLElement | null;

  async function until(what: () => unknown, why: string): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      await element.updateComplete;
      if (what()) return;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
    throw new Error(`Waited in vain for ${why}; step ${step()}: ${text().slice(0, 1500)}`);
  }

  const at = (name: string) => until(() => step() === name, name);
  const says = (words: RegExp) => until(() => words.test(text()), String(words));
  const button = (name: RegExp) =>
    all<HTMLButtonElement>('button').find((b) =>
      name.test((b.getAttribute('aria-label') ?? b.textContent ?? '').replaceAll(/\s+/g, ' ').trim()),
    );

  async function press(name: RegExp): Promise<void> {
    await until(() => button(name) && !button(name)!.disabled, `button ${name}`);
    button(name)!.click();
    await element.updateComplete;
  }

  async function type(id: string, value: string): Promise<void> {
    await until(() => element.renderRoot.querySelector(`#${id}`), id);
    const input = element.renderRoot.querySelector<HTMLInputElement>(`#${id}`)!;
    input.value = value;
    input.dispatchEvent(new Event('input'));
    await element.updateComplete;
  }

  async function fill(total = '50', perPayment = '2'): Promise<void> {
    await at('setting');
    await until(() => all('.payee').length === 1, 'the payee');
    await type('total', total);
    await type('perPayment', perPayment);
    all<HTMLInputElement>('input[name=span]')[1]!.click();
    const [payee] = all<HTMLInputElement>('.payee input');
    if (!payee!.checked) payee!.click();
    await element.updateComplete;
  }

  it('asks for a wallet first, and shows nothing of another one after locking', async () => {
    room.add();
    await mount();
    assert.equal(step(), 'needs-wallet');
    await until(() => all('hsk-wallet').length === 1, 'the wallet');
    wallet.open(owner);
    await until(() => /Rates research/.test(text()), 'the budget');
    assert.equal(room.resumed, 1, 'unknown outcomes are taken up');
    wallet.open(undefined);
    await at('needs-wallet');
    assert.notMatch(text(), /Rates research|50\.00/);
  });

  it('sets a budget: limits, review in a sentence, progress, open', async () => {
    wallet.open(owner);
    await mount();
    await at('setting');
    await says(/200\.00/);
    await assertAccessible(element);
    assert.isFalse(all<HTMLInputElement>('.payee input')[0]!.checked, 'consent is never preselected');
    assert.isFalse(
      all<HTMLInputElement>('input[name=span]').some(({ checked }) => checked),
      'nor is the time',
    );
    assert.match(text(), /data\.peak\.example/);
    assert.match(text(), /Prices here: HKD\s0\.30 to 1\.25/);

    await fill();
    await press(/^Review the budget$/);
    await at('reviewing');
    const [asked] = [all('.sentence')[0]!.textContent!.replaceAll(/\s+/g, ' ').trim()];
    assert.match(
      asked,
      /^The agent can spend HKD 50\.00 in all, at most HKD 2\.00 a payment, until .+, to data\.peak\.example, and nothing else\.$/,
    );
    assert.equal(focused()?.textContent, 'Review before you agree');
    await assertAccessible(element);
    assert.deepEqual(room.opened, [], 'nothing is signed before the owner confirms');

    element.addEventListener('hsk-agent-budget-confirm', (event) => event.preventDefault(), { once: true });
    await press(/^Set aside HKD 50\.00$/);
    assert.equal(step(), 'reviewing', 'a host can hold it back');
    room.hold = 'open';
    await press(/^Set aside HKD 50\.00$/);
    await at('opening');
    await until(() => all('.journey .done').length === 1, 'the signature');
    assert.equal(
      all('.journey .now')[0]!.children[1]!.textContent,
      'The money moves to the budget’s account',
    );
    await assertAccessible(element);
    room.release();
    await at('shown');
    await until(() => button(/^Stop the agent$/), 'the stop button');
    await until(() => /HKD 50\.00 left to spend/.test(bar()), 'bar');
    const [budget] = room.opened;
    assert.equal(room.opened.length, 1);
    assert.deepInclude(budget, {
      total: 50n * HKD,
      perPayment: 2n * HKD,
      payees: [merchant],
      label: 'Research',
    });
    assert.approximately(Number(budget!.expiry), Date.now() / 1000 + 86_400, 60);
    await assertAccessible(element);
  });

  it('offers whom the page names, in full, without a catalogue', async () => {
    const named = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
    wallet.open(owner);
    await mount({ catalogue: '', payees: ` ${named}\n${named.toLowerCase()} ` });
    await fill();
    assert.match(all('.payee')[0]!.textContent!, new RegExp(named), 'nothing is left out');
    assert.lengthOf(all('.payee .identicon'), 1);
    assert.match(text(), /Named by this page/);
    await assertAccessible(element);
    await press(/^Review the budget$/);
    await at('reviewing');
    assert.match(all('.sentence')[0]!.textContent!, new RegExp(`to ${named}, and nothing else`));
    assert.match(all('dl .whole')[0]!.textContent!, new RegExp(named));
    await assertAccessible(element);
    await press(/^Set aside HKD 50\.00$/);
    await at('shown');
    assert.deepEqual(room.opened[0]!.payees, [named]);
  });

  it('offers none of the named payees when one has no valid address', async () => {
    wallet.open(owner);
    const errors: string[] = [];
    for (const payees of [
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 0x1234',
      // One letter in the other case: the checksum does not fit.
      '0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      `0x${'00'.repeat(20)}`,
      `${merchant},${merchant}`,
    ]) {
      await mount({ catalogue: '', payees }, ({ error }) => errors.push(error.code));
      await says(/names somebody to be paid who has no valid address/);
      assert.lengthOf(all('.payee'), 0, payees);
      assert.match(text(), /PAYEES_INVALID/);
      await assertAccessible(element);
      element.remove();
    }
    assert.deepEqual(errors, Array(4).fill('PAYEES_INVALID'));
    await mount({ payees: 'nobody' });
    await until(() => all('.payee').length === 1, 'the catalogue’s payee');
  });

  it('refuses limits where they stand, and offers test dollars', async () => {
    room.cash = 20n * HKD;
    wallet.open(owner);
    await mount();
    await at('setting');
    await press(/^Review the budget$/);
    await until(() => all('.field-error:not([hidden])').length === 4, 'complaints');
    assert.equal(focused()?.id, 'total', 'the first complaint is focused');
    await assertAccessible(element);
    await fill('lots', '0');
    assert.match(all('#total-error')[0]!.textContent!, /Please enter an amount/);
    assert.match(all('#perPayment-error')[0]!.textContent!, /Please enter an amount/);
    await fill('10', '11');
    assert.match(all('#perPayment-error')[0]!.textContent!, /above the whole budget/);
    await fill('50', '2');
    assert.match(all('#total-error')[0]!.textContent!, /You have HKD\s20\.00/);
    await press(/^Review the budget$/);
    assert.equal(step(), 'setting');
    await press(/^Get test Hong Kong dollars$/);
    await says(/120\.00/);
    await until(() => all('#total-error')[0]!.hidden, 'enough');
    await press(/^Review the budget$/);
    await at('reviewing');
    await press(/^Change the limits$/);
    await at('setting');
    assert.equal(all<HTMLInputElement>('#total')[0]!.value, '50', 'what was typed is kept');
  });

  it('never funds twice: a budget signed before the funding failed is shown, not asked for again', async () => {
    wallet.open(owner);
    room.openFails = 'signing';
    await mount();
    await fill();
    await press(/^Review the budget$/);
    await press(/^Set aside/);
    await until(() => all('[part=error]').length, 'the refusal');
    assert.equal(step(), 'reviewing');
    assert.match(text(), /cannot be opened/);
    await assertAccessible(element);

    room.openFails = 'funding';
    await press(/^Set aside/);
    await says(/nothing to pay the network fee with/);
    assert.equal(step(), 'reviewing', 'the agent closed what could not be funded');

    room.openFails = 'open';
    await press(/^Set aside/);
    await at('shown');
    await says(/has not arrived/);
    assert.match(text(), /chain refused the transfer/);
    assert.isUndefined(button(/^Set aside/));
    await assertAccessible(element);
  });

  it('shows a payment on every step of its way', async () => {
    const view = room.add();
    await mountOpen();
    await says(/What the agent pays will be listed here/);
    const paid: unknown[] = [];
    element.addEventListener('hsk-agent-paid', ({ payment }) => paid.push(payment.id));
    const payment = room.pay(view);
    const status = () => all('.payments > li')[0]?.dataset.status;
    for (const [next, words] of [
      ['asking', /Asking the merchant for the price/],
      ['signing', /Checking the price against your limits/],
      ['presented', /Handed to the merchant/],
      ['proving', /looking for the transfer/],
      ['paid', /Paid and proven/],
    ] as const) {
      if (next !== 'asking') room.move(payment, next);
      await until(() => status() === next, next);
      assert.match(text(), words);
    }
    await until(() => paid.length, 'the event');
    assert.deepEqual(paid, [payment.id]);
    await until(() => /HKD 0\.30 spent/.test(bar()), 'the bar');
    const subjects: EvidenceSubject[] = [];
    element.addEventListener('hsk-open-evidence', (event: OpenEvidenceEvent) => {
      event.preventDefault();
      subjects.push(event.subject);
    });
    all('.payments button.rung')[0]!.click();
    assert.deepInclude(subjects[0], { evidenceId: '120', label: 'Payment for HIBOR fixings' });
    all('.payments details')[0]!.toggleAttribute('open', true);
    await assertAccessible(element);
  });

  it('says when an outcome is unknown, and what was refused or failed', async () => {
    const view = room.add();
    room.pay(view, { status: 'presented', startedAt: Date.now() - 60_000 });
    room.pay(view, {
      status: 'refused',
      error: { code: 'BUDGET_PAYEE', shortMessage: 'The owner has not allowed this payee', details: '0x99' },
    });
    room.pay(view, {
      status: 'failed',
      error: { code: 'RECEIPT_SIGNATURE', shortMessage: 'Not signed by the operator' },
    });
    room.pay(view, { status: 'presented', error: { code: 'TRANSPORT_UNREACHABLE', shortMessage: 'gone' } });
    await mountOpen();
    await until(() => all('.payments > li').length === 4, 'the list');
    const said = all('.payments > li').map((row) => row.textContent!.replaceAll(/\s+/g, ' '));
    for (const unknown of [said[0]!, said[3]!])
      assert.match(unknown, /Outcome unknown: being presented again with the same authorisation/);
    assert.match(
      said[1]!,
      /Paid or unknown; what came back was not used.*receipt is not a valid one.*RECEIPT_SIGNATURE/,
    );
    assert.match(said[2]!, /Nothing was paid.*somebody you did not allow.*BUDGET_PAYEE/);
    assert.include(bar(), 'HKD 0.60 under way');
    await assertAccessible(element);
  });

  it('does research one resource after another, shows what it read, pauses and goes on', async () => {
    room.add();
    await mountOpen();
    room.hold = 'fetch';
    await press(/^Run research$/);
    await until(() => room.fetched.length === 1, 'the first');
    await says(/Handed to the merchant/);
    await press(/^Pause$/);
    await says(/Pausing after this payment/);
    await assertAccessible(element);
    room.release();
    await until(() => button(/^Go on$/), 'the pause');
    assert.deepEqual(room.fetched, [CATALOGUE[0]!.url]);
    const answer = all('.answer')[0]!.textContent!.replaceAll(/\s+/g, ' ');
    assert.match(answer, /As of 2026-11-24.*Entry 2.*Tenor 1 month.*Rate 3\.62.*Official no/);
    await assertAccessible(element);
    await press(/^Go on$/);
    await until(() => room.fetched.length === 2 && button(/^Run research$/), 'the end');
    assert.deepEqual(room.fetched[1], CATALOGUE[1]!.url);
    await press(/^Buy again for HKD 0\.30: HIBOR fixings$/);
    await until(() => room.fetched.length === 3, 'one by hand');
    await until(() => all('.payments > li[data-status=paid]').length === 3, 'three payments');
    await until(() => all('.chart tbody tr').length === 3, 'the chart');
    const range = all<HTMLInputElement>('.chart input')[0]!;
    assert.match(range.getAttribute('aria-valuetext')!, /^HKD\s1\.85 spent by /);
    range.value = '0';
    range.dispatchEvent(new Event('input'));
    await element.updateComplete;
    assert.match(range.getAttribute('aria-valuetext')!, /^HKD\s0\.30 spent by /);
    await assertAccessible(element);
  });

  it('halts at the first problem, in place and in plain words', async () => {
    room.add();
    room.fetchFails = new HskError('BUDGET_EXCEEDED', 'The payment does not fit', {
      details: '300000, left 0',
    });
    await mountOpen();
    await press(/^Run research$/);
    await says(/halted at the first problem/);
    assert.equal(room.fetched.length, 1);
    const row = all('.entry-row')[0]!.textContent!;
    assert.match(row, /does not fit into what is left/);
    assert.match(row, /BUDGET_EXCEEDED/);
    await assertAccessible(element);
    for (const [code, words] of [
      ['TERMS_ASSET', /terms are not ones the agent may accept/],
      ['MANDATE_EXPIRED', /authority for this payment did not hold/],
      ['RECEIPT_PROOF', /not a valid one for this payment/],
      ['PAYMENT_OTHER', /did not go through as agreed/],
      ['PAYMENT_WITHOUT_RESOURCE', /paid, but the merchant did not hand it over/],
      ['BUDGET_EMPTY', /holds too little/],
      ['MERCHANT_UNREACHABLE', /merchant does not answer/],
      ['VAULT_LOCKED', /wallet is locked/],
    ] as const) {
      room.fetchFails = new HskError(code, 'x');
      await press(/^Buy for HKD 0\.30: HIBOR/);
      await until(() => words.test(all('.entry-row')[0]!.textContent!), code);
    }
    element.addEventListener('hsk-error', () => assert.fail('a payment’s error is not the element’s'));
  });

  it('stops: explains, signs no more, returns the rest, and keeps the record', async () => {
    const view = room.add();
    room.pay(view, { status: 'paid' });
    room.pay(view, { status: 'presented' });
    await mountOpen();
    const stopped: bigint[] = [];
    element.addEventListener('hsk-agent-stopped', ({ returned }) => stopped.push(returned));
    await press(/^Stop the agent$/);
    await until(() => all<HTMLDialogElement>('dialog[open]').length, 'the sheet');
    assert.match(text(), /nothing more is signed for it, in any tab/);
    assert.match(text(), /The rest, HKD 49\.70, returns to your wallet/);
    assert.match(text(), /HKD 0\.30 is already signed for payments under way/);
    assert.match(text(), /cannot be undone/);
    await assertAccessible(element);
    await press(/^Keep it running$/);
    assert.equal(room.stops, 0);
    await press(/^Stop the agent$/);
    room.hold = 'stop';
    await press(/^Stop and return HKD 49\.70$/);
    await says(/HKD 49\.70 is on its way back/);
    assert.isUndefined(button(/Run research/), 'a stopping agent buys nothing');
    await assertAccessible(element);
    room.release();
    await says(/The agent is stopped/);
    await until(() => stopped.length, 'the event');
    assert.deepEqual(stopped, [49_700_000n]);
    await until(() => focused()?.textContent?.trim() === 'The agent is stopped', 'the focus');
    await says(/HKD 49\.40 is back in your wallet/);
    assert.equal(all('.payments > li').length, 2, 'the record stays');
    await assertAccessible(element);
    await press(/^Set a new budget$/);
    await at('setting');
    assert.match(text(), /Your other budgets/);
    all('details')[0]!.toggleAttribute('open', true);
    await press(/^Show Rates research/);
    await says(/The agent is stopped/);
  });

  it('vouches for the agent on demand: progress, what is proven, and its end', async () => {
    const view = room.add();
    await mountOpen();
    await says(/Nobody learns who/);
    await assertAccessible(element);
    room.vouchFails = new HskError('PROVER_NO_CREDENTIAL', 'None');
    await press(/^Vouch for this agent/);
    await says(/no verified identity yet/);
    await assertAccessible(element);
    room.vouchFails = undefined;
    room.hold = 'vouch';
    await press(/^Vouch for this agent/);
    await until(() => all('[part=mandate] [role=progressbar]').length, 'the progress');
    assert.isUndefined(button(/^Vouch for this agent/), 'once at a time');
    assert.notMatch(text(), /no verified identity yet/);
    await assertAccessible(element);
    room.release();
    await says(/A verified identity stands behind it/);
    assert.match(text(), /HKD 0\.00 of HKD 50\.00/);
    assert.ok(all('[part=mandate] hsk-rung, [part=mandate] button').length > 0, 'its evidence can be opened');
    await assertAccessible(element);
    element.lang = 'zh-Hant';
    await says(/有已驗證的身份為它作保/);
    element.removeAttribute('lang');

    const { id } = view.budget;
    room.mandates.set(id, { ...room.mandates.get(id)!, state: 'unproven', spent: 3n * HKD });
    room.tell();
    await says(/has to be proven again before it counts/);
    assert.match(text(), /HKD 3\.00 of HKD 50\.00/);
    await press(/^Prove again, privately$/);
    await says(/A verified identity stands behind it/);
    await press(/^Stop the agent$/);
    await says(/Your vouching for the agent ends as well/);
    await press(/^Stop and return/);
    await says(/The agent is stopped/);
    // A stop that was cut off before the mandate ended can be finished.
    await press(/^End the vouching$/);
    await until(() => room.stops === 2, 'the second stop');
  });

  it('offers no vouching where the network has no mandates', async () => {
    room.add();
    (room as { mandate?: unknown }).mandate = undefined;
    await mountOpen();
    await says(/The agent’s work/);
    assert.equal(all('[part=mandate]').length, 0);
  });

  it('says when the rest is not back yet, and finishes the stop when asked', async () => {
    room.add();
    room.stopFails = true;
    await mountOpen();
    await press(/^Stop the agent$/);
    await press(/^Stop and return/);
    await until(() => all('[part=error]').length, 'the error');
    assert.match(text(), /HKD 50\.00 is still in the budget’s account/);
    await assertAccessible(element);
    room.stopFails = false;
    await press(/^Take back HKD 50\.00$/);
    await says(/HKD 50\.00 is back in your wallet/);
    assert.equal(room.stops, 2);
  });

  it('says of a budget that never had money that nothing comes back', async () => {
    const view = room.add({}, { balance: 0n, funding: 'none' });
    view.budget.status = 'stopped';
    wallet.open(owner);
    await mount();
    await at('setting');
    all('details')[0]!.toggleAttribute('open', true);
    await press(/^Show Rates research/);
    await says(/Nothing had been set aside for it, so nothing comes back/);
    assert.notMatch(text(), /is back in your wallet|50\.00/);
    await assertAccessible(element);
    view.funding = 'pending';
    room.tell();
    await says(/has not arrived in the budget’s account yet/);
  });

  it('offers the money of an expired budget back', async () => {
    room.add({ expiry: BigInt(Math.floor(Date.now() / 1000) - 5) });
    wallet.open(owner);
    await mount();
    await says(/This budget has run out of time/);
    assert.match(text(), /HKD 50\.00 is still in the budget’s account/);
    assert.isUndefined(button(/Run research/));
    await assertAccessible(element);
    await press(/^Take back HKD 50\.00$/);
    await says(/HKD 50\.00 is back in your wallet/);
  });

  it('pays for an agent of the page’s own from the open budget only', async () => {
    wallet.open(owner);
    await mount();
    await at('setting');
    try {
      await element.fetch('/anything');
      assert.fail('there is no budget');
    } catch (error) {
      assert.equal((error as HskError).code, 'BUDGET_NONE');
    }
    room.add();
    element.remove();
    await mountOpen();
    const response = await element.fetch('/research/today', { title: 'Today' });
    assert.equal(((await response.json()) as { source: string }).source, 'Demonstration');
    assert.deepEqual(room.fetched, [new URL('/research/today', document.baseURI).href]);
    await until(() => all('.payments > li[data-status=paid]').length, 'the payment');
  });

  it('says so when the catalogue is away, and asks again', async () => {
    room.catalogueDown = true;
    wallet.open(owner);
    await mount();
    await says(/The catalogue cannot be read/);
    await assertAccessible(element);
    room.catalogueDown = false;
    await press(/^Try again$/);
    await until(() => all('.payee').length === 1, 'the payee');
  });

  it('shows twenty payments and more at a press, and reads out a summary, not every line', async () => {
    const view = room.add();
    for (let n = 0; n < 45; n++) room.pay(view, { status: 'paid' });
    await mountOpen();
    await until(() => all('.payments > li').length === 20, 'a page');
    await press(/^Show 20 more$/);
    await press(/^Show 5 more$/);
    await until(() => all('.payments > li').length === 45, 'all');
    assert.isNull(element.renderRoot.querySelector('.payments')!.closest('[aria-live],[role=status]'));
    await until(
      () =>
        all('[role=status]').some((live) =>
          /Payments proven: 45\. HKD\s13\.50 spent/.test(live.textContent!),
        ),
      'the summary',
    );
  });

  it('shows new balances when the chain moves', async () => {
    const view = room.add();
    await mountOpen();
    view.balance = 40n * HKD;
    view.spent = 10n * HKD;
    view.budget.signed = 10n * HKD;
    lightClient.tell({
      ...LIVE,
      heads: { ...LIVE.heads, attested: { ...LIVE.heads.attested!, number: 121n } },
    });
    await until(() => /HKD 10\.00 spent/.test(bar()), 'the bar');
    assert.exists(all('[part=budget] button.rung')[0], 'the balance opens its evidence');
  });

  it('speaks Traditional Chinese and keeps within a phone', async () => {
    const view = room.add();
    room.pay(view, { status: 'paid' });
    room.pay(view, { status: 'refused', error: { code: 'BUDGET_PAYEE', shortMessage: 'x' } });
    await mountOpen();
    await press(/^Buy for HKD 0\.30: HIBOR/);
    await until(() => all('.answer').length, 'an answer');
    element.lang = 'zh-Hant';
    await until(() => /AI 代理的工作|代理的工作/.test(text()), 'Chinese');
    assert.match(button(/停止代理/)!.getAttribute('aria-label')!, /停止代理/);
    element.style.width = '328px';
    await element.updateComplete;
    const edge = element.getBoundingClientRect().right;
    for (const part of all(':not(svg *, .visually-hidden, .visually-hidden *, .full, dialog *)'))
      assert.isAtMost(part.getBoundingClientRect().right, edge + 1, part.outerHTML.slice(0, 120));
    await assertAccessible(element);
  });
});
