import { sendKeys } from '@web/test-runner-commands';
import { assert } from 'chai';
import { encode } from 'uqr';
import { type Address, encodeFunctionData, erc20Abi, keccak256, maxUint256, parseTransaction } from 'viem';
import { HskWallet } from '../../src/elements/hsk-wallet/hsk-wallet.ts';
import { chooseAsked, wrongWords } from '../../src/elements/hsk-wallet/setup/setup-machine.ts';
import { define } from '../../src/elements/shared/define.ts';
import type { AccountChangedEvent, SendConfirmEvent, SentEvent } from '../../src/elements/shared/events.ts';
import { product, profile } from '../market/fixture.ts';
import { assertAccessible } from './axe.ts';
import { LIVE, REFUSED, UNREACHABLE } from './fixture.ts';
import { block } from './fixture.ts';
import {
  forgetVault,
  FRIEND,
  openWalletWorld,
  OWNER,
  PASSWORD,
  PHRASE,
  type WalletWorld,
} from './wallet-world.ts';

describe('<hsk-wallet>', () => {
  let world: WalletWorld;
  let element: HskWallet;

  before(() => {
    define('hsk-wallet', HskWallet);
    document.title = 'Test';
    document.documentElement.lang = 'en';
  });

  async function mount(): Promise<void> {
    element = document.createElement('hsk-wallet');
    element.session = world.session;
    document.body.append(element);
    await element.updateComplete;
  }

  const root = () => element.renderRoot as ShadowRoot;
  const step = () => root().querySelector('[data-step]')?.getAttribute('data-step');
  const sheet = () => [...root().querySelectorAll<HTMLDialogElement>('dialog[open]')].at(-1);
  /** What a person has before them: the open sheet, or the card. */
  const scope = (): ParentNode => sheet() ?? root();
  const text = () => (sheet() ?? root().querySelector('.card'))?.textContent?.replaceAll(/\s+/g, ' ') ?? '';
  const find = <T extends HTMLElement>(selector: string) => scope().querySelector<T>(selector);

  async function until(what: () => unknown, why: string): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      await element.updateComplete;
      if (what()) return;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
    throw new Error(`Waited in vain for ${why}; step ${step()}: ${text()}`);
  }

  const at = (name: string) => until(() => step() === name, name);
  const shows = (words: RegExp) => until(() => words.test(text()), String(words));
  const button = (name: RegExp) =>
    [...scope().querySelectorAll<HTMLButtonElement>('button')].find(
      (b) => !b.hidden && name.test((b.getAttribute('aria-label') ?? b.textContent ?? '').trim()),
    );

  async function press(name: RegExp): Promise<void> {
    await until(() => button(name) && !button(name)!.disabled, `button ${name}`);
    button(name)!.click();
    await element.updateComplete;
  }

  async function type(id: string, value: string): Promise<void> {
    await until(() => find(`#${id}`), id);
    const input = find<HTMLInputElement>(`#${id}`)!;
    input.value = value;
    input.dispatchEvent(new Event(input instanceof HTMLSelectElement ? 'change' : 'input'));
    await element.updateComplete;
  }

  async function closeSheet(): Promise<void> {
    sheet()?.close();
    await until(() => !sheet(), 'the sheet to close');
  }

  /** Real keys, one word or chord at a time. */
  async function keys(...pressed: string[]): Promise<void> {
    for (const key of pressed) await sendKeys({ press: key });
    await element.updateComplete;
  }

  const focused = () => root().activeElement as HTMLElement | null;
  async function tabTo(name: RegExp): Promise<void> {
    for (let tries = 0; tries < 30; tries++) {
      const at = focused();
      if (at && name.test(at.id || at.getAttribute('aria-label') || (at.textContent ?? '').trim())) return;
      await keys('Tab');
    }
    throw new Error(`No key reaches ${name}`);
  }

  describe('without a wallet', () => {
    beforeEach(async () => {
      await forgetVault();
      world = await openWalletWorld();
      await mount();
      await at('welcome');
    });
    afterEach(() => {
      element.remove();
      world.close();
    });

    it('creates one by keyboard alone, once the words were confirmed', async () => {
      await assertAccessible(element);
      await tabTo(/^Create a wallet/);
      await keys('Enter');
      await at('password');
      assert.equal(focused()?.textContent, 'Choose a password', 'focus follows the step');
      await assertAccessible(element);

      await tabTo(/^new-password$/);
      await sendKeys({ type: 'short' });
      await shows(/5 more characters needed/);
      await keys('Enter');
      assert.equal(step(), 'password');
      await until(() => find('[aria-invalid="true"]'), 'a complaint');
      await sendKeys({ type: ' but long enough' });
      await shows(/Good password/);
      await keys('Enter');
      await at('phrase');
      assert.isNull(find('ol.phrase'), 'covered until asked for');
      assert.isTrue(button(/^I have written/)!.disabled);
      await tabTo(/^Show the words/);
      await keys('Enter');
      await until(() => find('ol.phrase'), 'the words');
      const words = [...root().querySelectorAll('ol.phrase li')].map((li) => li.textContent!.trim());
      assert.lengthOf(words, 12);
      await assertAccessible(element);

      await tabTo(/^I have written/);
      await keys('Enter');
      await at('confirm');
      const asked = [...root().querySelectorAll('input')].map(({ id }) => Number(id.slice('word-'.length)));
      assert.lengthOf(asked, 3);
      await tabTo(new RegExp(`^word-${asked[0]}$`));
      await sendKeys({ type: 'wrong' });
      await keys('Enter');
      await until(() => root().querySelectorAll('[aria-invalid="true"]').length === 3, 'three complaints');
      assert.equal(focused()?.id, `word-${asked[0]}`);
      await assertAccessible(element);
      assert.equal(world.wallet.state, 'empty', 'nothing is kept before that');

      await sendKeys({ down: 'Control' });
      await keys('a');
      await sendKeys({ up: 'Control' });
      for (const at of asked) {
        await sendKeys({ type: words[at]! });
        await keys(at === asked.at(-1) ? 'Enter' : 'Tab');
      }
      await at('unlocked');
      assert.match(world.wallet.account!, /^0x/);
      await until(() => focused()?.textContent === 'Wallet', 'focus on the open wallet');
      // The same words bring the same account back: what was shown is what was kept.
      assert.equal(await world.wallet.revealPhrase('short but long enough'), words.join(' '));
    });

    it('goes back without leaving anything behind', async () => {
      await press(/^Create a wallet/);
      await type('new-password', PASSWORD);
      await press(/^Continue/);
      await press(/^Show the words/);
      await press(/^I have written/);
      await at('confirm');
      await press(/^Back/);
      await at('phrase');
      assert.isNotNull(find('ol.phrase'));
      await press(/^Back/);
      await at('welcome');
      await press(/^Create a wallet/);
      assert.equal(find<HTMLInputElement>('#new-password')!.value, '');
      assert.equal(world.wallet.state, 'empty');
    });

    it('restores from a phrase, and says which word is wrong', async () => {
      await press(/^Restore/);
      await at('restore');
      await assertAccessible(element);
      await press(/^Restore$/);
      await shows(/Please enter your recovery phrase/);
      await type('new-password', PASSWORD);
      await type('phrase', PHRASE.replace('junk', 'jumk'));
      await shows(/12 words/);
      await press(/^Restore$/);
      await shows(/Word 12 is not a word of recovery phrases/);
      assert.equal(focused()?.id, 'phrase');
      await type('phrase', PHRASE.replace('junk', 'test'));
      await press(/^Restore$/);
      await shows(/do not fit together/);
      await type('phrase', 'test test');
      await press(/^Restore$/);
      await shows(/12 or 24 words\. Some are missing/);
      await assertAccessible(element);
      await type('phrase', `  ${PHRASE.toUpperCase()} `);
      await press(/^Restore$/);
      await at('unlocked');
      assert.equal(world.wallet.account, OWNER);
    });
  });

  describe('with a wallet', () => {
    before(async () => {
      await forgetVault();
      world = await openWalletWorld();
      await world.wallet.create(PHRASE, PASSWORD);
      world.close();
    });

    beforeEach(async () => {
      world = await openWalletWorld();
      assert.equal(world.wallet.state, 'locked');
    });
    afterEach(() => {
      element.remove();
      world.close();
    });

    async function open(): Promise<void> {
      await mount();
      await world.wallet.unlock(PASSWORD);
      await at('unlocked');
      await shows(/Holdings/);
    }

    async function rich(): Promise<void> {
      world.chain.cash = 1_234_567_890n;
      world.chain.units = 250_000_000n;
      world.chain.native = 990_000_000_000_000_000n;
      await open();
      await shows(/1,234\.56/);
    }

    it('unlocks with the right password only, and waits after wrong ones', async () => {
      await mount();
      await at('locked');
      await assertAccessible(element);
      const changes: (Address | undefined)[] = [];
      element.addEventListener('hsk-account-changed', ({ account }: AccountChangedEvent) =>
        changes.push(account),
      );
      await press(/^Unlock/);
      await shows(/Please enter your password/);
      for (const _ of [1, 2]) {
        await type('password', 'not the password');
        await press(/^Unlock/);
        await shows(/This password is not right/);
        await until(() => !button(/^Unlock$/)?.disabled, 'the next try');
      }
      assert.equal(focused()?.id, 'password');
      await type('password', 'not the password');
      await press(/^Unlock/);
      await until(() => button(/^Try again in 0:0/), 'the countdown');
      assert.isTrue(button(/^Try again in/)!.disabled);
      await assertAccessible(element);
      await until(() => button(/^Unlock$/), 'the end of the wait');
      await type('password', PASSWORD);
      await press(/^Unlock/);
      await at('unlocked');
      assert.deepEqual(changes, [OWNER]);
    });

    it('sets a new password with the phrase, and refuses another wallet', async () => {
      await mount();
      await press(/^Forgot/);
      await at('restore');
      await shows(/you can set a new password/);
      await type('phrase', 'abandon '.repeat(11) + 'about');
      await type('new-password', PASSWORD);
      await press(/^Restore$/);
      await shows(/already holds another wallet/);
      await assertAccessible(element);
      await type('phrase', PHRASE);
      await press(/^Restore$/);
      await at('unlocked');
    });

    it('shows each balance once it is proven, with its rung', async () => {
      let release = () => {};
      world.chain.held = new Promise((resolve) => (release = resolve));
      world.chain.cash = 1_234_567_890n;
      world.chain.units = 250_000_000n;
      world.chain.native = 990_000_000_000_000_000n;
      await open();
      assert.isAtLeast(root().querySelectorAll('.skeleton').length, 3);
      assert.isNull(root().querySelector('.amount .number'));
      await assertAccessible(element);
      release();
      await shows(/1,234\.56/);
      assert.match(text(), /HKD balance: anchored/);
      assert.match(text(), /Harbour Money Market Fund PHMM balance: anchored .* 250 ?PHMM/);
      assert.match(text(), /0\.99 ?HSK/);
      await assertAccessible(element);

      world.chain.cash = 99_000_000n;
      world.chain.tell({ ...LIVE, heads: { ...LIVE.heads, attested: block(121n, 2) } });
      await shows(/99\.00 ?HKD/);

      for (const [status, words] of [
        [UNREACHABLE, /The chain is not reachable.*TRANSPORT_UNREACHABLE/],
        [REFUSED, /could not be proven, so it is not shown.*SEAL_QUORUM.*2 of 4/],
      ] as const) {
        world.chain.tell(status);
        await shows(words);
        await assertAccessible(element);
      }
      await shows(/99\.00 ?HKD/);
      await assertAccessible(element);
    });

    it('says that nothing can be proven while nobody answers, and goes on by itself', async () => {
      world.chain.away = true;
      world.chain.cash = 5_000_000n;
      world.chain.transfer(FRIEND, OWNER, 5_000_000n, 110n);
      await open();
      await until(() => root().querySelector('.cash .negative-text'), 'the reason');
      await assertAccessible(element);
      await press(/^Activity/);
      await until(() => root().querySelector('#tab-panel [role="alert"]'), 'the reason');
      await assertAccessible(element);
      world.chain.away = false;
      await shows(/\+5\.00 ?HKD/);
      await until(() => !root().querySelector('.negative-text, [role="alert"]'), 'everything');
    });

    it('offers test dollars while there is nothing', async () => {
      const real = window.fetch;
      const asked: unknown[] = [];
      window.fetch = async (input, init) => {
        if (!String(input).endsWith('/faucet')) return real(input, init);
        asked.push(JSON.parse(String(init!.body)));
        return asked.length === 1 ? new Response('', { status: 503 }) : new Response('{}');
      };
      try {
        await open();
        await shows(/Nothing here yet/);
        await press(/^Add test dollars/);
        await shows(/The test dollars did not come/);
        await assertAccessible(element);
        await press(/^Add test dollars/);
        await shows(/Test dollars are on their way/);
        assert.deepEqual(asked.at(-1), { address: OWNER });
        world.chain.cash = 50_000_000_000n;
        world.chain.native = 10n ** 18n;
        world.chain.tell({ ...LIVE, heads: { ...LIVE.heads, attested: block(122n, 2) } });
        await shows(/50,000\.00 ?HKD/);
        assert.notMatch(text(), /Nothing here yet|on their way/);
      } finally {
        window.fetch = real;
      }
    });

    describe('sending', () => {
      async function fill(to: string, amount: string): Promise<void> {
        await press(/^Send$/);
        await type('recipient', to);
        await type('amount', amount);
        await press(/^Review/);
      }

      it('refuses what nobody means to send', async () => {
        await rich();
        await fill('', '');
        await shows(/enter the recipient’s address/);
        await shows(/Please enter a number/);
        assert.equal(focused()?.id, 'recipient');
        await assertAccessible(element);
        const refused: [string, RegExp][] = [
          ['0x1234', /This is not an address/],
          [FRIEND.replace('0x70997970C', '0x70997970c'), /typing mistake/],
          [OWNER, /your own address/],
          [`0x${'0'.repeat(40)}`, /Nobody owns this address/],
          [product.token, /address of a contract/],
        ];
        for (const [address, words] of refused) {
          await type('recipient', address);
          await shows(words);
        }
        await type('recipient', FRIEND.toLowerCase());
        for (const [amount, words] of [
          ['ten', /Please enter a number/],
          ['0.0000001', /at most 6 decimals/],
          ['0', /above zero/],
          ['1,234.567891', /do not have that much/],
        ] as const) {
          await type('amount', amount);
          await shows(words);
        }
        await press(/^Max/);
        assert.equal(find<HTMLInputElement>('#amount')!.value, '1,234.56789');
        assert.equal(world.chain.broadcasts.length, 0);
      });

      it('sends what was reviewed, once, and shows the proof', async () => {
        await rich();
        world.chain.fate = 'pending';
        await fill(FRIEND, '10');
        await shows(/Please check before you send/);
        assert.include(text(), FRIEND);
        assert.match(text(), /10\.00 ?HKD/);
        assert.match(text(), /Network fee, at most/);
        assert.match(text(), /not sent to this address before/);
        await assertAccessible(element);

        const hold = (event: SendConfirmEvent) => event.preventDefault();
        element.addEventListener('hsk-send-confirm', hold, { once: true });
        await press(/^Send 10\.00 HKD/);
        assert.equal(world.chain.broadcasts.length, 0, 'the host held it back');

        const sent: SentEvent[] = [];
        element.addEventListener('hsk-sent', (event) => sent.push(event));
        await press(/^Send 10\.00 HKD/);
        await shows(/Sending 10\.00 HKD.*You may close this/);
        await assertAccessible(element);
        world.chain.fate = 'sequenced';
        await shows(/Attested by the committee ?now/);
        world.chain.fate = 'success';
        await shows(/10\.00 HKD sent/);
        assert.match(text(), /Transfer: attested/);
        await assertAccessible(element);
        assert.equal(world.chain.broadcasts.length, 1);
        const transaction = parseTransaction(world.chain.broadcasts[0]!);
        assert.equal(transaction.to?.toLowerCase(), profile.execution.contracts.stablecoin);
        assert.equal(
          transaction.data,
          encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [FRIEND, 10_000_000n] }),
        );
        assert.deepEqual(sent[0]!.transfer, {
          token: profile.execution.contracts.stablecoin,
          to: FRIEND,
          amount: 10_000_000n,
        });
        await press(/^Done/);
        await until(() => !sheet(), 'the sheet to close');

        // One like it, made to be mistaken for it.
        const alike = `0x70997970${'1'.repeat(28)}79c8`;
        await fill(alike, '10');
        await shows(/looks like another one you know/);
        assert.include(text(), FRIEND);
        await assertAccessible(element);
        await press(/^Send 10\.00 HKD/);
        await shows(/compare the addresses first/);
        assert.equal(focused()?.id, 'compared');
        assert.equal(world.chain.broadcasts.length, 1);
      });

      it('tries a refused transfer again with the same bytes', async () => {
        await rich();
        world.chain.fate = 'refused';
        await fill(FRIEND, '10');
        await press(/^Send 10\.00 HKD/);
        await shows(/Nothing was sent/);
        await shows(/never a second one/);
        await assertAccessible(element);
        const [first] = await world.wallet.sent();
        world.chain.fate = 'success';
        await press(/^Try again/);
        await shows(/10\.00 HKD sent/);
        assert.deepEqual(world.chain.broadcasts, [first!.raw]);
      });

      it('goes on while the chain is away, behind a closed sheet too', async () => {
        await rich();
        world.chain.fate = 'unreachable';
        await fill(FRIEND, '10');
        await press(/^Send 10\.00 HKD/);
        await shows(/It continues by itself, and is never made twice/);
        await assertAccessible(element);
        await closeSheet();
        await shows(/1 on the way/);
        world.chain.fate = 'success';
        await until(() => !/on the way/.test(text()), 'the end of it');
        await press(/^Send$/);
        await shows(/Recipient/);
        assert.equal(world.chain.broadcasts.length, 1);
      });

      it('says that a transfer was refused by the contract', async () => {
        await rich();
        world.chain.fate = 'reverted';
        await fill(FRIEND, '10');
        await press(/^Send 10\.00 HKD/);
        await shows(/only the network fee was paid/);
        assert.match(text(), /Transfer: attested/);
        await press(/^Start again/);
        assert.equal(find<HTMLInputElement>('#recipient')!.value, '');
      });

      it('names an investor who is not admitted before anything is signed', async () => {
        await rich();
        world.chain.reverts = true;
        world.chain.admitted = false;
        await press(/^Send$/);
        await type('asset', '1');
        await type('recipient', FRIEND);
        await type('amount', '1');
        await press(/^Review/);
        await shows(/The recipient is not admitted to this fund/);
        await assertAccessible(element);
        world.chain.admitted = true;
        await press(/^Review/);
        await shows(/The contract would refuse this transfer/);
        assert.lengthOf(await world.wallet.sent(), 0);
      });

      it('needs the coin that fees are paid in', async () => {
        await rich();
        world.chain.native = 1n;
        await fill(FRIEND, '10');
        await shows(/too little to pay the network fee/);
        assert.lengthOf(await world.wallet.sent(), 0);
      });
    });

    it('receives: the address to scan, to read and to copy', async () => {
      await rich();
      await press(/^Receive/);
      await until(() => find('svg.qr'), 'the code');
      assert.include(find('svg.qr')!.getAttribute('aria-label')!, OWNER);
      assert.include(text(), OWNER);
      const { data, size } = encode(OWNER, { border: 3 });
      assert.equal(find('svg.qr')!.getAttribute('viewBox'), `0 0 ${size} ${size}`);
      const dark = find('svg.qr path')!.getAttribute('d')!.match(/M/g)!.length;
      assert.equal(dark, data.flat().filter(Boolean).length);
      assert.isDefined(button(/^Copy address/));
      await assertAccessible(element);
    });

    it('lists what went out and came in, and looks further back', async () => {
      world.chain.transfer(FRIEND, OWNER, 50_000_000n, 110n);
      world.chain.transfer(OWNER, FRIEND, 12_500_000n, 115n);
      await rich();
      await tabTo(/^tab-holdings$/);
      await keys('ArrowRight');
      await until(() => root().querySelectorAll('.activity > li').length === 2, 'two movements');
      const [first, second] = [...root().querySelectorAll('.activity > li')].map((li) =>
        li.textContent!.replaceAll(/\s+/g, ' '),
      );
      assert.match(first!, /Sent .*0x7099…79C8.* -12\.50 ?HKD/);
      assert.match(second!, /Received .*\+50\.00 ?HKD.*final/);
      await shows(/This is everything/);
      await assertAccessible(element);
    });

    it('says that there is no activity yet, and finds what was earlier', async () => {
      world.chain.transfer(FRIEND, OWNER, 50_000_000n, 10n);
      await rich();
      world.chain.tell({ ...LIVE, heads: { ...LIVE.heads, attested: block(400n, 2) } });
      await press(/^Activity/);
      await shows(/No activity yet/);
      await assertAccessible(element);
      await press(/^Look further back/);
      await shows(/\+50\.00 ?HKD/);
      await shows(/This is everything/);
    });

    it('asks the person what the site asks for', async () => {
      await rich();
      const provider = await element.provider;
      const connecting = provider.request({ method: 'eth_requestAccounts' });
      await shows(/Connect your wallet.*Asked by http/);
      await assertAccessible(element);
      await press(/^Connect$/);
      assert.deepEqual(await connecting, [OWNER]);
      await until(() => !sheet(), 'the sheet to close');

      const signing = provider.request({ method: 'personal_sign', params: ['Log in, please', OWNER] });
      signing.catch(() => undefined);
      await shows(/Sign a message.*Log in, please/);
      assert.isTrue(button(/^Sign$/)!.disabled, 'nothing is approved in the instant it appears');
      await press(/^Decline/);
      const declined = await signing.then(
        () => undefined,
        (error: { code: number }) => error.code,
      );
      assert.equal(declined, 4001);

      const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [FRIEND, maxUint256] });
      const { stablecoin } = profile.execution.contracts;
      const allowing = provider.request({
        method: 'eth_sendTransaction',
        params: [{ from: OWNER, to: stablecoin, data }],
      });
      await shows(/Allow spending.*Everything you have, now and later \(HKD\)/);
      assert.include(text(), FRIEND);
      await press(/^Allow/);
      await shows(/read the warning first/);
      assert.equal(world.chain.broadcasts.length, 0);
      await assertAccessible(element);
      find<HTMLInputElement>('#understood')!.click();
      await press(/^Allow/);
      const hash = await allowing;
      await until(() => world.chain.broadcasts.length === 1, 'the broadcast');
      assert.equal(hash, keccak256(world.chain.broadcasts[0]!));
    });

    it('declines with Escape, and unlocks within a request', async () => {
      await mount();
      const provider = await element.provider;
      const first = provider.request({ method: 'eth_requestAccounts' }).then(
        () => 'connected',
        (error: { code: number }) => error.code,
      );
      await shows(/Unlock your wallet to answer/);
      await keys('Escape');
      assert.equal(await first, 4001);
      await until(() => !sheet(), 'the sheet to close');
      const second = provider.request({ method: 'eth_requestAccounts' });
      await type('request-password', PASSWORD);
      await assertAccessible(element);
      await press(/^Unlock/);
      await press(/^Connect$/);
      assert.deepEqual(await second, [OWNER]);
    });

    it('leaves requests to one wallet of the page, and none to an inner one', async () => {
      await mount();
      const outer = element;
      const other = document.createElement('hsk-wallet');
      const inner = document.createElement('hsk-wallet');
      inner.className = 'inner';
      for (const more of [inner, other]) {
        more.session = world.session;
        document.body.append(more);
        await more.updateComplete;
      }
      const asked = (await outer.provider).request({ method: 'eth_requestAccounts' });
      asked.catch(() => undefined);
      await until(() => sheet(), 'the sheet');
      assert.isNull(other.renderRoot.querySelector('dialog[open]'));
      assert.isNull(inner.renderRoot.querySelector('dialog[open]'));
      outer.remove();
      element = other;
      await until(() => sheet(), 'the sheet of the other one');
      await press(/^Decline/);
      other.remove();
      const unseen = await world.wallet.ask('', { kind: 'connect', warnings: [] }).catch(({ code }) => code);
      assert.equal(unseen, 'REQUEST_UNSEEN');
      inner.remove();
    });

    it('locks, shows the phrase, and erases only on purpose', async () => {
      await rich();
      await press(/^Settings/);
      await press(/^Show recovery phrase/);
      await type('reveal-password', PASSWORD);
      await press(/^Show the words/);
      await until(() => find('ol.phrase'), 'the words');
      assert.equal([...sheet()!.querySelectorAll('ol.phrase li')].at(-1)!.textContent!.trim(), 'junk');
      await assertAccessible(element);
      await closeSheet();
      await press(/^Settings/);
      assert.isNull(root().querySelector('ol.phrase'), 'not kept behind a closed sheet');
      await press(/^Lock now/);
      await at('locked');
      assert.isUndefined(sheet());

      await type('password', PASSWORD);
      await press(/^Unlock/);
      await at('unlocked');
      await press(/^Settings/);
      await press(/^Erase this wallet/);
      await shows(/your money is lost for good/);
      assert.isTrue(button(/^Erase$/)!.disabled);
      await assertAccessible(element);
      find<HTMLInputElement>('#understood')!.click();
      await type('erase-password', 'not the password');
      await press(/^Erase$/);
      await shows(/This password is not right/);
      assert.equal(world.wallet.state, 'unlocked');
      await type('erase-password', PASSWORD);
      await press(/^Erase$/);
      await at('welcome');
      await world.wallet.create(PHRASE, PASSWORD);
    });

    it('speaks Traditional Chinese and keeps within a phone', async () => {
      world.chain.transfer(FRIEND, OWNER, 50_000_000n, 110n);
      await rich();
      element.lang = 'zh-Hant';
      element.style.width = '328px';
      await shows(/結餘/);
      const fits = () => {
        const edge = element.getBoundingClientRect().right;
        for (const part of root().querySelectorAll(
          '.card :not(svg *, .visually-hidden, .visually-hidden *, .full)',
        ))
          assert.isAtMost(part.getBoundingClientRect().right, edge + 1, part.outerHTML.slice(0, 120));
      };
      fits();
      await assertAccessible(element);
      await press(/^紀錄/);
      await shows(/收到/);
      fits();
      await press(/^轉出/);
      await shows(/收款人/);
      await assertAccessible(element);
    });
  });

  it('asks for words that differ, in their order', () => {
    let seed = 7;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 50; round++) {
      const asked = chooseAsked(12, 3, random);
      assert.equal(new Set(asked).size, 3);
      assert.deepEqual(
        asked,
        asked.toSorted((a, b) => a - b),
      );
      assert.isTrue(asked.every((at) => at >= 0 && at < 12));
    }
    const typed = new Map([
      [0, ' Test '],
      [11, 'test'],
    ]);
    assert.deepEqual(wrongWords(PHRASE, [0, 5, 11], typed), [5, 11]);
  });
});
