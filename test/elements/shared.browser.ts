import { assert } from 'chai';
import { html, LitElement, render } from 'lit';
import { copyButton, identicon, renderAddress } from '../../src/elements/shared/address.ts';
import { baseStyles } from '../../src/elements/shared/base.styles.ts';
import { define } from '../../src/elements/shared/define.ts';
import { errorWords, renderError } from '../../src/elements/shared/error-box.ts';
import type { EvidenceSubject, OpenEvidenceEvent } from '../../src/elements/shared/events.ts';
import {
  formatAge,
  formatAmount,
  formatCountdown,
  parseAmount,
  shortHex,
} from '../../src/elements/shared/format.ts';
import { defineMessages, languageOf, Localized } from '../../src/elements/shared/i18n.ts';
import { LazyPart } from '../../src/elements/shared/lazy-part.ts';
import { renderRung, rungReached } from '../../src/elements/shared/rung.ts';
import { fetchProfile, openSession } from '../../src/elements/shared/session.ts';
import { SessionController } from '../../src/elements/shared/session-controller.ts';
import { Sheet } from '../../src/elements/shared/sheet.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { serializeProfile } from '../../src/protocol/profile.ts';
import { profile } from '../market/fixture.ts';
import { assertAccessible } from './axe.ts';
import { block, LIVE, openTestSession, proven } from './fixture.ts';

const words = defineMessages({ hello: 'Hello' }, { hello: '您好' });

class TestPanel extends LitElement {
  static override styles = baseStyles;
  profile = '';
  profileIntegrity = '';
  readonly i18n = new Localized(this, words);
  readonly sessions = new SessionController(this as never);
  readonly sheet = new Sheet(this);
  override render() {
    return html`<p>${this.i18n.t.hello}</p>
      <button class="primary" @click=${() => this.sheet.open()}>Open</button>
      ${this.sheet.render(() => ({ title: 'Sheet', content: html`<button id="in">Inside</button>`, language: 'en' }))}`;
  }
}

async function code(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.instanceOf(error, HskError);
    return (error as HskError).code;
  }
  return 'no error';
}

describe('what the elements share', () => {
  let panel: TestPanel;
  let box: HTMLElement;

  before(() => define('test-panel', TestPanel));
  beforeEach(async () => {
    box = document.createElement('main');
    panel = document.createElement('test-panel') as TestPanel;
    document.body.append(panel, box);
    await panel.updateComplete;
  });
  afterEach(() => {
    panel.remove();
    box.remove();
    document.documentElement.lang = 'en';
  });

  describe('the prover of a session', () => {
    it('loads what it is asked to, forgets when the wallet locks, and is started again when it could not be', async () => {
      const base = 'https://host.test/circuits/';
      const calls: string[] = [];
      let blocked = true;
      let started = 0;
      const { session, wallet } = await openTestSession(async () => {
        started++;
        return {
          prepare: async (_pins, folder) => {
            if (blocked) throw new HskError('PROVER_WORKER', 'Refused');
            calls.push(folder);
          },
          prove: () => Promise.reject(new Error('not asked')),
          proveAhead: async () => undefined,
          forget: async () => void calls.push('forget'),
        };
      });
      await session.prover(base);
      await new Promise((resolve) => {
        setTimeout(resolve);
      });
      blocked = false;
      await session.prover(base);
      await session.prover(base);
      assert.equal(started, 2);
      assert.deepEqual(calls, [base, base]);
      wallet.open(`0x${'11'.repeat(20)}`);
      assert.notInclude(calls, 'forget');
      wallet.open(undefined);
      assert.include(calls, 'forget');
    });
  });

  describe('amounts', () => {
    it('are exact and cut, never rounded up', () => {
      assert.equal(
        formatAmount(123_456_789_012_345_678_901_999_999n, 6, 'en'),
        '123,456,789,012,345,678,901.999999',
      );
      assert.equal(formatAmount(1_999_999n, 6, 'en', { max: 2 }), '1.99');
      assert.equal(formatAmount(0n, 6, 'en', { min: 2, max: 2 }), '0.00');
      assert.equal(formatAmount(5_000_000n, 6, 'en', { sign: 'always' }), '+5');
    });

    it('are read back as they are written', () => {
      for (const value of [0n, 1n, 10n, 999_999n, 1_000_000n, 1_234_567_890_123n])
        for (const language of ['en', 'zh-Hant'])
          assert.equal(parseAmount(formatAmount(value, 6, language), 6, language), value);
      assert.equal(parseAmount('１，０００．５', 6, 'zh-Hant'), 1_000_500_000n);
      assert.equal(parseAmount(' 1 000.50 ', 6, 'en'), 1_000_500_000n);
      for (const wrong of ['', '.', '-1', '1e3', '0x10', '1.2.3', '1.0000001', 'ten', '١'])
        assert.isUndefined(parseAmount(wrong, 6, 'en'), wrong);
    });
  });

  it('writes ages, countdowns and hashes', () => {
    assert.equal(formatAge(96n, 100, 'en'), '4 sec. ago');
    assert.equal(formatAge(100n, 50, 'en'), '0 sec. ago');
    assert.match(formatAge(100n, 400, 'zh-Hant'), /5\s?分鐘前/);
    assert.equal(formatCountdown(249.2), '4:10');
    assert.equal(formatCountdown(-3), '0:00');
    assert.equal(shortHex(`0x12ab${'0'.repeat(32)}9f3c`), '0x12ab…9f3c');
  });

  it('speaks the closest language, and changes when it changes', async () => {
    const text = () => panel.renderRoot.querySelector('p')!.textContent;
    assert.equal(text(), 'Hello');
    document.documentElement.lang = 'zh-HK';
    await new Promise((resolve) => {
      setTimeout(resolve);
    });
    await panel.updateComplete;
    assert.equal(text(), '您好');
    panel.lang = 'en-GB';
    await new Promise((resolve) => {
      setTimeout(resolve);
    });
    await panel.updateComplete;
    assert.equal(text(), 'Hello');
    assert.equal(languageOf(panel.renderRoot.querySelector('p')!), 'en-GB');
  });

  it('opens a native dialog, keeps focus in it and gives it back', async () => {
    const button = panel.renderRoot.querySelector('button')!;
    button.focus();
    button.click();
    await panel.updateComplete;
    const dialog = panel.renderRoot.querySelector('dialog')!;
    assert.isTrue(dialog.open && dialog.matches(':modal'));
    await assertAccessible(panel);
    panel.sheet.close();
    await new Promise((resolve) => {
      dialog.addEventListener('close', resolve, { once: true });
    });
    await panel.updateComplete;
    assert.isFalse(dialog.open);
    assert.equal((panel.renderRoot as ShadowRoot).activeElement, button);
  });

  it('draws an address that differs from its neighbour, and copies it whole', async () => {
    const address = `0x12ab${'0'.repeat(32)}9f3c` as const;
    render(html`<div id="a">${renderAddress(address, 'en')}</div>`, box);
    assert.equal(box.querySelector('.who')!.textContent!.trim(), '0x12ab…9f3c');
    assert.equal(box.querySelector('.who')!.getAttribute('aria-label'), address);
    const draw = (of: `0x${string}`) => {
      const holder = document.createElement('div');
      render(identicon(of), holder);
      return holder.innerHTML;
    };
    assert.notEqual(draw(address), draw(`0x12ab${'0'.repeat(32)}9f3d`));
    let copied = '';
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: { writeText: async (text: string) => void (copied = text) },
    });
    render(html`<div id="b">${copyButton(address, 'Copy', 'en')}</div>`, box);
    const button = box.querySelector<HTMLButtonElement>('button.copy')!;
    button.click();
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    assert.equal(copied, address);
    assert.isTrue(button.hasAttribute('data-copied'));
    assert.equal(box.querySelector('[role=status]')!.textContent, 'Copied');
  });

  it('climbs the ladder with the heads and never down', () => {
    assert.equal(rungReached('attested', block(115n), LIVE.heads), 'attested');
    assert.equal(rungReached('attested', block(110n), LIVE.heads), 'anchored');
    assert.equal(rungReached('attested', block(100n), LIVE.heads), 'final');
    assert.equal(rungReached('final', block(115n), LIVE.heads), 'final');
    assert.equal(rungReached('sequenced', block(130n), LIVE.heads), 'sequenced');
  });

  it('asks for the evidence when a rung is pressed', async () => {
    const { session } = await openTestSession();
    render(html`<div>${renderRung(proven(1n, 'attested', 105n), session, 'HKD balance', 'en')}</div>`, box);
    const button = box.querySelector<HTMLButtonElement>('button.rung')!;
    assert.equal(button.dataset['rung'], 'anchored');
    assert.match(
      button.textContent!.replaceAll(/\s+/g, ' ').trim(),
      /^HKD balance: anchored .* ago rung 3 of 4\. Show the evidence$/,
    );
    assert.equal(button.querySelectorAll('.rungs .on').length, 3);
    let subject: EvidenceSubject | undefined;
    box.addEventListener(
      'hsk-open-evidence',
      (event) => {
        event.preventDefault();
        subject = (event as OpenEvidenceEvent).subject;
      },
      { once: true },
    );
    button.click();
    assert.equal(subject?.evidenceId, '105');
    render(html`${renderRung(undefined, session, 'x', 'en')}`, box);
    assert.equal(box.querySelectorAll('.rungs .on').length, 0);
  });

  it('says an error in words, with its detail behind a disclosure', async () => {
    const error = {
      code: 'QUOTE_PRICE',
      shortMessage: 'raw',
      details: '<b>12</b>',
      cause: { code: 'INNER', shortMessage: 'why' },
    };
    const catalogue = { QUOTE_: { message: 'The quote was refused', next: 'Ask again' } };
    assert.equal(errorWords(error, 'en', catalogue).message, 'The quote was refused');
    assert.equal(errorWords(error, 'en').message, 'raw');
    assert.equal(
      errorWords({ code: 'TRANSPORT_TIMEOUT', shortMessage: 'x' }, 'zh-HK').message,
      '未能連接到鏈',
    );
    render(html`<div>${renderError(error, 'en', { catalogue })}</div>`, box);
    assert.match(box.querySelector('details')!.textContent!, /QUOTE_PRICE: raw\n<b>12<\/b>\nINNER: why/);
    assert.isFalse(box.querySelector('details')!.open);
    await assertAccessible(box);
  });

  it('warns about a second definition and keeps the first', () => {
    const warned: unknown[] = [];
    const { warn } = console;
    console.warn = (...args: unknown[]) => void warned.push(args);
    define('test-panel', TestPanel);
    define('test-panel', class extends HTMLElement {});
    console.warn = warn;
    assert.equal(warned.length, 1);
    assert.equal(customElements.get('test-panel'), TestPanel as never);
  });

  it('says that code did not arrive, and asks for it again', async () => {
    let offline = true;
    let changes = 0;
    const lazy = new LazyPart(
      async () => {
        if (offline) throw new TypeError('Failed to fetch dynamically imported module');
        return 'part';
      },
      () => changes++,
    );
    assert.equal(lazy.get(), undefined);
    await lazy.load();
    assert.equal(lazy.error?.code, 'CODE_UNAVAILABLE');
    assert.equal(lazy.get(), undefined, 'what failed waits for a press');
    assert.equal(errorWords(lazy.error!, 'en').message, 'A part of this could not be loaded');
    offline = false;
    await lazy.load();
    assert.equal(lazy.get(), 'part');
    assert.equal(lazy.error, undefined);
    assert.equal(changes, 2);
  });

  describe('the profile', () => {
    const text = serializeProfile(profile);
    const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    const pin = async (of: string) =>
      `sha256-${btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(of)))))}`;

    it('is read and compared with its pin', async () => {
      assert.equal((await fetchProfile(url, await pin(text))).name, profile.name);
      assert.equal((await fetchProfile(url)).execution.chainId, 31_178);
    });

    it('is refused with a typed error', async () => {
      assert.equal(await code(fetchProfile(url, await pin(`${text} `))), 'PROFILE_INTEGRITY');
      assert.equal(await code(fetchProfile(url, 'sha384-abc')), 'PROFILE_INTEGRITY');
      assert.equal(await code(fetchProfile('/no-such-profile.json')), 'PROFILE_UNAVAILABLE');
      const broken = (body: string) => URL.createObjectURL(new Blob([body]));
      assert.equal(await code(fetchProfile(broken('{'))), 'PARSE_INVALID');
      assert.equal(await code(fetchProfile(broken('{"version":2}'))), 'PARSE_INVALID');
    });

    it('may be asked for again after it failed', async () => {
      const first = openSession('/no-such-profile.json');
      assert.equal(openSession('/no-such-profile.json'), first);
      assert.equal(await code(first), 'PROFILE_UNAVAILABLE');
      const second = openSession('/no-such-profile.json');
      assert.notEqual(second, first);
      await code(second);
    });

    it('is missed by name when an element has none', async () => {
      await panel.updateComplete;
      assert.equal(panel.sessions.error?.code, 'PROFILE_MISSING');
    });
  });
});
