import { assert } from 'chai';
import { HskTrust } from '../../src/elements/hsk-trust/hsk-trust.ts';
import { openTrustDialog } from '../../src/elements/hsk-trust/open-trust-dialog.ts';
import { parseQueryAttribute } from '../../src/elements/hsk-trust/query-attribute.ts';
import { connectChecker } from '../../src/light-client/connect-checker.ts';
import { define } from '../../src/elements/shared/define.ts';
import { Session } from '../../src/elements/shared/session.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { parseProfile } from '../../src/protocol/profile.ts';
import { assertAccessible } from './axe.ts';
import { block, LIVE, ScriptedLightClient } from './fixture.ts';
// A real answer of a real node: a storage slot with all that proves it, and the profile it stands under.
import evidence from './recorded/evidence.json';
// What a token's totalSupply() returned there, with all the state that the call reads.
import callEvidence from './recorded/call-evidence.json';
import callProfile from './recorded/call-profile.json';
// A chain that is proven from Ethereum: sync committees, a dispute game, the main chain's header.
import ethereumEvidence from './recorded/ethereum-evidence.json';
import ethereumProfile from './recorded/ethereum-profile.json';
import recordedProfile from './recorded/profile.json';

const text = JSON.stringify(evidence);

describe('<hsk-trust>', () => {
  // The real worker, once for all tests.
  const checker = connectChecker();
  let session: Session;
  let lightClient: ScriptedLightClient;
  let element: HskTrust;

  before(() => {
    define('hsk-trust', HskTrust);
    document.title = 'Test';
    document.documentElement.lang = 'en';
  });
  beforeEach(async () => {
    lightClient = new ScriptedLightClient();
    session = await sessionOf(recordedProfile);
    lightClient.tell(LIVE);
  });
  after(() => checker.terminate());
  afterEach(() => document.querySelectorAll('hsk-trust').forEach((trust) => trust.remove()));

  async function sessionOf(profile: object): Promise<Session> {
    const made = new Session({
      profile: parseProfile(structuredClone(profile)),
      lightClient: lightClient as never,
      vault: {} as never,
      wallet: new EventTarget() as never,
      connectProver: () => Promise.reject(new HskError('PROVER_STOPPED', 'No prover in this test')),
      connectChecker: async () => checker,
    });
    await made.start();
    return made;
  }

  async function mount(change: Partial<HskTrust> = {}): Promise<void> {
    element = Object.assign(document.createElement('hsk-trust'), { session, ...change });
    document.body.append(element);
    await element.updateComplete;
  }

  async function until(what: () => unknown, why: string): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      await element.updateComplete;
      if (what()) return;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
    throw new Error(`Waited in vain for ${why}: ${element.renderRoot.textContent}`);
  }

  const rungs = () =>
    [...element.renderRoot.querySelectorAll('.ladder > li.on')].map(
      (li) => (li as HTMLElement).dataset['rung'],
    );
  const says = (words: RegExp) => words.test(element.renderRoot.textContent!.replaceAll(/\s+/g, ' '));
  const button = (name: RegExp) =>
    [...element.renderRoot.querySelectorAll('button')].find((each) => name.test(each.textContent!))!;
  const subject = () => ({ session, evidenceId: '7', label: 'HKD balance' });

  it('follows the heads of the light client', async () => {
    await mount();
    assert.deepEqual(rungs(), ['sequenced', 'attested', 'anchored', 'final']);
    assert.isTrue(says(/Up to date/) && says(/Block 120/) && says(/Block 100/));
    lightClient.tell({ phase: 'unreachable', heads: { attested: block(121n) } });
    await element.updateComplete;
    assert.deepEqual(rungs(), ['sequenced', 'attested']);
    assert.isTrue(says(/The chain is not reachable/));
    await assertAccessible(element);
    element.lang = 'zh-Hant';
    await until(() => says(/未能連接到鏈/), 'Chinese');
  });

  it('says in words why nothing is shown, and hands out the proof of a contradiction', async () => {
    await mount();
    const error = (code: string) => ({ code, shortMessage: code });
    lightClient.tell({ phase: 'unreachable', heads: {}, error: error('TRANSPORT_OFFLINE') });
    await until(() => says(/This device is offline/), 'that it is offline');
    lightClient.tell({ phase: 'refused', heads: {}, error: error('CHECKPOINT_OLD') });
    await until(() => says(/too old to follow on from/), 'the old checkpoint');
    lightClient.document = '{"misbehaviour":"headers"}';
    lightClient.tell({ phase: 'refused', heads: {}, misbehaviour: true, error: error('MISBEHAVIOUR_KNOWN') });
    await until(() => says(/have contradicted themselves/), 'the contradiction');
    await assertAccessible(element);
    const saved = await savedBy(() => button(/Save the proof of it/).click());
    assert.equal(saved, lightClient.document);
  });

  it('says what is trusted, from the profile', async () => {
    await mount();
    element.renderRoot.querySelector('details')!.open = true;
    assert.isTrue(says(/fewer than 3 of 4 main chain validators/));
    assert.isTrue(says(/fewer than 3 of 4 committee members/));
    await assertAccessible(element);
  });

  it('verifies a document itself before it shows who signed what', async () => {
    lightClient.document = text;
    await mount({ subject: subject() });
    await until(() => rungs().length === 4, 'the evidence');
    assert.isTrue(says(/[34] of 4 members signed, 3 needed/));
    assert.isTrue(says(/[34] of 4 validators sealed/));
    assert.isTrue(says(/account and storage proofs against the state root/));
    await assertAccessible(element);
    button(/Verify again here/).click();
    await until(() => says(/Verified in this page: Final, in [\d,]+ ms/), 'the verdict');
  });

  it('says what stands on Ethereum, where the main chain is proven from there', async () => {
    const rooted = await sessionOf(ethereumProfile);
    lightClient.tell(LIVE);
    lightClient.document = JSON.stringify(ethereumEvidence);
    await mount({ session: rooted, subject: { ...subject(), session: rooted } });
    await until(() => rungs().length === 4, 'the evidence');
    assert.isTrue(says(/32 of 32 members of Ethereum’s sync committee signed/));
    assert.isTrue(says(/Its claim on Ethereum can no longer be taken back/));
    element.renderRoot.querySelector('details')!.open = true;
    assert.isTrue(says(/fewer than two thirds of Ethereum’s sync committee collude/));
    await assertAccessible(element);
    const altered = structuredClone(ethereumEvidence);
    altered.mainchain.ethereum.updates.pop();
    lightClient.document = JSON.stringify(altered);
    await mount({ session: rooted, subject: { ...subject(), session: rooted } });
    await until(() => element.renderRoot.querySelector('[part=error]'), 'the refusal');
    assert.deepEqual(rungs(), []);
  });

  it('executes the call of a document again, in the page', async () => {
    const called = await sessionOf(callProfile);
    const open = async (document: object) => {
      lightClient.document = JSON.stringify(document);
      await mount({ session: called, subject: { ...subject(), session: called } });
    };
    await open(callEvidence);
    await until(() => rungs().length === 4, 'the evidence');
    assert.isTrue(says(/executing the call here, on state proven against the state root/));
    await assertAccessible(element);
    const altered = structuredClone(callEvidence);
    altered.claim.result = `0x${'00'.repeat(31)}01`;
    await open(altered);
    await until(() => element.renderRoot.querySelector('[part=error]'), 'the refusal');
    assert.deepEqual(rungs(), []);
    assert.isTrue(says(/CLAIM_MISMATCH/));
  });

  for (const [what, alter] of [
    ['another value', (document: typeof evidence) => (document.claim.values = ['1'])],
    ['another profile', (document: typeof evidence) => (document.profileDigest = `0x${'00'.repeat(32)}`)],
    ['a bit too many', (document: typeof evidence) => (document.attestation.signed.bitmap = '0x1f')],
    ['a missing proof node', (document: typeof evidence) => void document.proof.accountProof.pop()],
  ] as const)
    it(`shows nothing of a document with ${what}`, async () => {
      const altered = structuredClone(evidence);
      alter(altered);
      lightClient.document = JSON.stringify(altered);
      await mount({ subject: subject() });
      await until(() => element.renderRoot.querySelector('[part=error]'), 'the refusal');
      assert.deepEqual(rungs(), []);
      assert.isTrue(says(/The evidence does not hold/) && says(/EVIDENCE_REFUSED/));
      await assertAccessible(element);
    });

  it('opens over the page from a pressed rung, and goes when it is closed', async () => {
    lightClient.document = text;
    const from = document.createElement('button');
    document.body.append(from);
    openTrustDialog(from, subject());
    element = document.querySelector('hsk-trust')!;
    await until(() => rungs().length === 4, 'the evidence');
    const dialog = element.renderRoot.querySelector('dialog')!;
    assert.isTrue(dialog.matches(':modal'));
    assert.equal(dialog.getAttribute('aria-label'), 'Evidence: HKD balance');
    await assertAccessible(element);
    dialog.close();
    await until(() => !document.querySelector('hsk-trust'), 'its end');
    from.remove();
  });

  /** The text of the file that a press hands to the reader. */
  async function savedBy(press: () => void): Promise<string> {
    const { createObjectURL } = URL;
    const blob = new Promise<Blob>((resolve) => {
      URL.createObjectURL = (made) => {
        resolve(made as Blob);
        return createObjectURL.call(URL, made);
      };
    });
    press();
    const text = await (await blob).text();
    URL.createObjectURL = createObjectURL;
    return text;
  }

  function choose(name: string, content: string): void {
    const input = element.renderRoot.querySelector<HTMLInputElement>('input[type=file]')!;
    const chosen = new DataTransfer();
    chosen.items.add(new File([content], name, { type: 'application/json' }));
    input.files = chosen.files;
    input.dispatchEvent(new Event('change'));
  }

  it('verifies a document that somebody gave the reader', async () => {
    await mount();
    choose('from-alice.json', text);
    await until(() => says(/What “from-alice.json” proves/), 'the document');
    const { claim } = evidence;
    const shown = element.renderRoot.querySelector('[part=claim]')!.textContent!;
    assert.include(shown, claim.values[0]!);
    assert.include(shown.replaceAll(',', ''), claim.block);
    assert.equal(element.renderRoot.querySelectorAll('[part=opened] .ladder > li.on').length, 4);
    await assertAccessible(element);

    choose('altered.json', JSON.stringify({ ...evidence, claim: { ...claim, values: ['1'] } }));
    await until(() => says(/This document proves nothing here/), 'the refusal');
    assert.isNull(element.renderRoot.querySelector('[part=claim]'));
    choose('photo.json', 'not json');
    await until(() => says(/This is no evidence document/), 'that it is none');
    choose('other.json', '{"version":1}');
    await until(() => says(/This is no evidence document/), 'that it is none');
    await assertAccessible(element);
    button(/^\s*Close\s*$/).click();
    await until(() => !says(/no evidence document/), 'its end');
  });

  it('saves the document as it was verified', async () => {
    lightClient.document = text;
    await mount({ subject: subject() });
    await until(() => rungs().length === 4, 'the evidence');
    assert.equal(await savedBy(() => button(/Save the evidence/).click()), text);
  });

  it('reads its query attribute', () => {
    const account = `0x${'12'.repeat(20)}`;
    assert.deepEqual(parseQueryAttribute(`account:${account}`), {
      kind: 'account',
      address: account as never,
    });
    assert.equal(parseQueryAttribute(`receipt:0x${'34'.repeat(32)}`).kind, 'receipt');
    for (const wrong of ['', 'account', 'account:0x12', 'logs:0x', `receipt:${account}`])
      assert.throws(() => parseQueryAttribute(wrong));
  });
});
