import { assert } from 'chai';
import type { Holder } from '../../src/identity/holder.ts';
import { HskWallet } from '../../src/elements/hsk-wallet/hsk-wallet.ts';
import { define } from '../../src/elements/shared/define.ts';
import { holderOf } from '../../src/elements/shared/holder-of.ts';
import type { ApplicationForm } from '../../src/protocol/issuance.ts';
import { type Attributes, dateNumber, HolderKind, leaf } from '../../src/protocol/zkid.ts';
import { ZkidTree } from '../../src/protocol/zkid-tree.ts';
import { profile } from '../market/fixture.ts';
import { assertAccessible } from './axe.ts';
import { forgetVault, openWalletWorld, OWNER, PASSWORD, PHRASE, type WalletWorld } from './wallet-world.ts';

const FORM: ApplicationForm = {
  givenName: 'Ada',
  familyName: 'Lovelace',
  birth: 19901210,
  country: 344,
  kind: 'person',
  document: 'K1234567',
  professional: false,
  consent: true,
};
const day = (ahead: number) => dateNumber(Date.now() / 1000 + ahead * 86_400);

/** An issuer that knows no doubt. */
class Issuer {
  readonly tree = new ZkidTree();
  readonly backups = new Map<string, string>();
  expiry = day(365);
  next = 0;

  async answer(path: string, init: RequestInit | undefined): Promise<Response> {
    const body = typeof init?.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    if (path === '/apply') {
      const commitment = String(body.commitment);
      const attributes: Attributes = {
        expiry: this.expiry,
        birth: Number(body.birth),
        country: Number(body.country),
        kind: body.kind === 'business' ? HolderKind.Business : HolderKind.Person,
        tier: body.professional === true ? 2 : 1,
        screened: true,
        generation: 0,
      };
      const index = this.next++;
      this.tree.set(index, leaf(BigInt(commitment), attributes));
      const credential = { issuer: 'x', commitment, attributes, index };
      return Response.json({ ticket: 'ab'.repeat(32), status: { state: 'issued', credential, root: '1' } });
    }
    if (path === '/tree/0') return new Response(this.tree.encodeChunk(0) as Uint8Array<ArrayBuffer>);
    if (path === '/application/backup') {
      this.backups.set(String(body.locator), String(body.sealed));
      return new Response(null, { status: 204 });
    }
    const sealed = this.backups.get(path.replace('/backup/', ''));
    return sealed
      ? Response.json({ sealed })
      : Response.json({ error: { code: 'ISSUER_NO_SUCH_BACKUP', shortMessage: 'none' } }, { status: 404 });
  }
}

describe('<hsk-wallet> identity', () => {
  let world: WalletWorld;
  let element: HskWallet;
  let issuer: Issuer;
  let holder: Holder;
  const realFetch = window.fetch;

  before(() => {
    define('hsk-wallet', HskWallet);
    document.title = 'Test';
    document.documentElement.lang = 'en';
    window.fetch = (input, init) => {
      const url = String(input);
      const base = profile.services.issuer;
      return url.startsWith(base) ? issuer.answer(url.slice(base.length), init) : realFetch(input, init);
    };
  });
  after(() => {
    window.fetch = realFetch;
  });

  beforeEach(async () => {
    await forgetVault();
    issuer = new Issuer();
    world = await openWalletWorld();
    await world.wallet.create(PHRASE, PASSWORD);
    holder = holderOf(world.session);
  });
  afterEach(() => {
    element.remove();
    world.close();
  });

  const root = () => element.renderRoot as ShadowRoot;
  const text = () => root().querySelector('.card')?.textContent?.replaceAll(/\s+/g, ' ') ?? '';
  async function until(what: () => unknown, why: string): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      await element.updateComplete;
      if (what()) return;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
    throw new Error(`Waited in vain for ${why}: ${text()}`);
  }
  const shows = (words: RegExp) => until(() => words.test(text()), String(words));
  const button = (name: RegExp) =>
    [...root().querySelectorAll<HTMLButtonElement>('button')].find((b) =>
      name.test((b.getAttribute('aria-label') ?? b.textContent ?? '').trim()),
    );
  async function press(name: RegExp): Promise<void> {
    await until(() => button(name) && !button(name)!.disabled, `button ${name}`);
    button(name)!.click();
    await element.updateComplete;
  }
  async function open(): Promise<void> {
    element = document.createElement('hsk-wallet');
    element.session = world.session;
    document.body.append(element);
    await press(/^Identity/);
  }

  it('shows nothing of a locked wallet, and what to expect where there is nothing', async () => {
    await open();
    await shows(/No verification yet/);
    await assertAccessible(element);
    await holder.apply(FORM);
    await shows(/Verified person valid/);
    await world.wallet.lock();
    await until(() => !/Verified person/.test(text()), 'the wallet to show nothing');
  });

  it('lists a person and a business with all that is attested, and the admission on the chain', async () => {
    await holder.apply(FORM);
    await holder.apply({ ...FORM, kind: 'business', company: 'E', country: 392, professional: true });
    await open();
    await shows(/Verified person valid.*Hong Kong.*Retail.*Verified business valid.*Japan.*Professional/);
    await shows(/Admitted to funds PHMM/);
    assert.equal(root().querySelectorAll('.identity .subtitle').length, 2);
    await assertAccessible(element);
    const arrow = new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true });
    root().querySelector('#tab-identity')!.dispatchEvent(arrow);
    await until(() => root().activeElement?.id === 'tab-holdings', 'the keys to go around');
  });

  it('warns thirty days ahead, and says what ran out and what was taken back', async () => {
    issuer.expiry = day(10);
    await holder.apply(FORM);
    await open();
    await shows(/Verified person ends soon.*Renew it where you buy/);
    await assertAccessible(element);
    issuer.expiry = day(-3);
    await holder.apply({ ...FORM, document: 'K2' });
    await shows(/Verified person has run out/);
    issuer.expiry = day(300);
    await holder.apply({ ...FORM, document: 'K3' });
    await shows(/Verified person valid/);
    element.remove();
    const [held] = await holder.credentials();
    issuer.tree.set(held!.credential.index, 1n);
    await new Promise((resolve) => {
      const request = indexedDB.open('hsk-identity');
      request.onsuccess = () => {
        const transaction = request.result.transaction('subtrees', 'readwrite');
        transaction.objectStore('subtrees').clear();
        transaction.oncomplete = () => {
          request.result.close();
          resolve(undefined);
        };
      };
    });
    await open();
    await shows(/Verified person withdrawn.*Apply again where you buy/);
    await assertAccessible(element);
  });

  it('exports, removes only on purpose, and imports again', async () => {
    await holder.apply(FORM);
    const [held] = await holder.credentials();
    const file = await holder.exportCredential(held!);
    await open();
    await press(/^Export: Verified person/);
    await shows(/opens only with this wallet/);
    await press(/^Remove: Verified person/);
    await until(() => root().activeElement?.id === 'keep-credential', 'the safe choice to be focused');
    await assertAccessible(element);
    await press(/^Keep it/);
    await press(/^Remove: Verified person/);
    await press(/^Remove$/);
    await shows(/No verification yet/);

    const choose = (content: string) => {
      const input = root().querySelector<HTMLInputElement>('input[type=file]')!;
      const files = new DataTransfer();
      files.items.add(new File([content], 'verification.json'));
      input.files = files.files;
      input.dispatchEvent(new Event('change'));
    };
    choose('{"of": "something else"}');
    await shows(/not a file with a verification/);
    await assertAccessible(element);
    choose(file);
    await shows(/Verified person valid.*was imported/);
  });

  it('finds with the wallet alone what was left with the issuer', async () => {
    await holder.apply(FORM);
    const [held] = await holder.credentials();
    await holder.removeCredential(held!);
    await open();
    await press(/Look for my verification/);
    await shows(/Verified person valid.*One verification came back/);
    issuer.backups.clear();
    await press(/Look for my verification/);
    await shows(/Nothing of this wallet was found/);
  });

  it('speaks Traditional Chinese and keeps within a phone', async () => {
    await holder.apply(FORM);
    await open();
    document.documentElement.lang = 'zh-Hant-HK';
    element.style.display = 'block';
    element.style.width = '320px';
    await shows(/已核實個人 有效.*香港.*零售/);
    assert.isAtMost(root().querySelector('.card')!.scrollWidth, 320);
    await assertAccessible(element);
    element.style.width = '';
    document.documentElement.lang = 'en';
    assert.equal(world.wallet.account?.toLowerCase(), OWNER.toLowerCase());
  });
});
