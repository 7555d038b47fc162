import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { decodeErrorResult, encodeFunctionData, type Hex } from 'viem';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { memoryArtefacts } from '../../src/identity/artefact-store.ts';
import { admitArguments } from '../../src/identity/admission.ts';
import { memoryCredentials } from '../../src/identity/credential-store.ts';
import { Holder } from '../../src/identity/holder.ts';
import { Prover } from '../../src/identity/prover.ts';
import type { ProvingProgress, ZkidProof } from '../../src/identity/prover-api.ts';
import { commitment, FIELD } from '../../src/protocol/zkid.ts';
import { holderKeys } from './holder-keys.ts';
import { accounts, FORM, type IssuerUnderTest, PRODUCT, startIssuer, TOKEN } from './issuer-fixture.ts';

const data = mkdtempSync(path.join(tmpdir(), 'hsk-prove-'));
const prover = new Prover({ store: memoryArtefacts() });
let issuer: IssuerUnderTest;
before(async () => {
  issuer = await startIssuer(data);
  await prover.prepare(issuer.profile.circuit, new URL('/circuits/', issuer.url).href);
});
after(async () => {
  await issuer.stop();
  rmSync(data, { recursive: true, force: true });
});

const holder = (secret: bigint, store = memoryCredentials()) =>
  new Holder({
    profile: issuer.profile,
    keys: holderKeys(secret),
    prover: async () => prover,
    store,
  });

type Name = 'alice' | 'bob';
const admit = (from: Name, proof: ZkidProof) =>
  issuer.sender(from).execute({
    to: issuer.registry,
    data: encodeFunctionData({
      abi: identityRegistryAbi,
      functionName: 'admit',
      args: admitArguments(TOKEN, proof),
    }),
  });
const isAdmitted = (name: Name) =>
  issuer.context.executionClient.readContract({
    address: issuer.registry,
    abi: identityRegistryAbi,
    functionName: 'isAdmitted',
    args: [TOKEN, accounts[name].address],
  });
/** The registry's own error for an admission that it refuses. */
async function refusal(from: Name, proof: ZkidProof): Promise<string> {
  try {
    await admit(from, proof);
  } catch (error) {
    let at: unknown = error;
    for (; at; at = (at as { cause?: unknown }).cause) {
      const { data: raw } = at as { data?: unknown };
      if (typeof raw === 'string' && raw.startsWith('0x') && raw.length >= 10)
        return decodeErrorResult({ abi: identityRegistryAbi, data: raw as Hex }).errorName;
    }
    return String(error);
  }
  return 'accepted';
}

let admitted: ZkidProof;

test('a proof of a credential admits its wallet at the real registry', async () => {
  const alice = holder(1001n);
  assert.deepEqual(await alice.standing(PRODUCT), { state: 'none' });
  await assert.rejects(alice.prove(PRODUCT, accounts.alice.address), /PROVER_NO_CREDENTIAL|no credential/);
  await alice.apply({ ...FORM, document: 'P1' });
  const standing = await alice.standing(PRODUCT);
  assert.ok(standing.state === 'held' && standing.rules.every((rule) => rule.met));
  const seen: ProvingProgress[] = [];
  admitted = await alice.prove(PRODUCT, accounts.alice.address, (progress) => void seen.push(progress));
  const stages = seen.map((progress) => progress.stage);
  assert.deepEqual([...new Set(stages)], ['artefacts', 'witness', 'proof', 'check', 'done']);
  assert.deepEqual(
    seen.map((progress) => progress.fraction),
    seen.map((progress) => progress.fraction).toSorted((a, b) => a - b),
  );
  assert.ok(seen.length >= 8, 'the proof tells its steps');

  assert.equal(await isAdmitted('alice'), false);
  const receipt = await admit('alice', admitted);
  assert.equal(await isAdmitted('alice'), true);
  assert.ok(receipt.gasUsed < 330_000n, `${receipt.gasUsed} gas`);
});

test('the registry refuses it from another wallet, and every signal or coordinate that was changed', async () => {
  assert.equal(await refusal('bob', admitted), 'BindingMismatch');
  const errors = [
    'ProofInvalid',
    'RootUnknown',
    'PolicyMismatch',
    'ScopeMismatch',
    'DateMismatch',
    'BindingMismatch',
  ];
  for (const [index, name] of errors.entries()) {
    const publicSignals = admitted.publicSignals.with(index, admitted.publicSignals[index]! + 2n);
    assert.equal(
      await refusal('alice', { ...admitted, publicSignals: publicSignals as ZkidProof['publicSignals'] }),
      name,
    );
  }
  // The same nullifier spelled above the field would be a second name for the same person.
  const alias = admitted.publicSignals.with(0, admitted.publicSignals[0]! + FIELD);
  assert.equal(
    await refusal('alice', { ...admitted, publicSignals: alias as ZkidProof['publicSignals'] }),
    'NotInField',
  );
  assert.equal(
    await refusal('alice', { ...admitted, a: [admitted.a[0], admitted.a[1] ^ 1n] }),
    'ProofInvalid',
  );
  assert.equal(await refusal('alice', { ...admitted, c: admitted.a }), 'ProofInvalid');
});

test('the same person from another wallet moves there; the nullifier is one per scope', async () => {
  const person = holder(1002n);
  await person.apply({ ...FORM, document: 'P2' });
  const first = await person.prove(PRODUCT, accounts.alice.address);
  const second = await person.prove(PRODUCT, accounts.bob.address);
  assert.equal(first.publicSignals[0], second.publicSignals[0]);
  assert.notDeepEqual(first.a, second.a, 'fresh randomness');
  const elsewhere = await person.prove({ ...PRODUCT, scopeTag: 'other' }, accounts.bob.address);
  assert.notEqual(elsewhere.publicSignals[0], first.publicSignals[0]);
  await admit('bob', second);
  assert.equal(await isAdmitted('bob'), true);
});

test('who is not eligible is told why and nothing is proven', async () => {
  const child = holder(1003n);
  await child.apply({ ...FORM, document: 'P3', birth: 20200229, country: 840 });
  const standing = await child.standing(PRODUCT);
  assert.ok(standing.state === 'held');
  const unmet = standing.rules.filter((rule) => !rule.met).map((rule) => rule.code);
  assert.deepEqual(unmet, ['country', 'age']);
  await assert.rejects(
    child.prove(PRODUCT, accounts.alice.address),
    (error: { code?: string; details?: string }) => {
      assert.equal(error.code, 'PROVER_NOT_ELIGIBLE');
      assert.equal(error.details, 'country, age');
      return true;
    },
  );
});

test('a credential that was issued again elsewhere is noticed, and stands as removed', async () => {
  let hours = 0;
  const store = memoryCredentials();
  const old = new Holder({
    profile: issuer.profile,
    keys: holderKeys(1004n),
    prover: async () => prover,
    store,
    now: () => Date.now() + hours * 3_600_000,
  });
  await old.apply({ ...FORM, document: 'P4' });
  await holder(1005n).apply({ ...FORM, document: 'P4' });
  hours = 2;
  await assert.rejects(old.prove(PRODUCT, accounts.alice.address), { code: 'PROVER_LEAF_ABSENT' });
  assert.deepEqual(await old.standing(PRODUCT), { state: 'removed' });
});

test('a credential of another secret is refused before any work', async () => {
  const mine = holder(1006n);
  await mine.apply({ ...FORM, document: 'P6' });
  const { credential } = (await mine.credentialFor(PRODUCT.policy))!;
  assert.equal(credential.commitment, commitment(1006n).toString());
  const request = {
    credential,
    secret: 1007n,
    children: [],
    policy: PRODUCT.policy,
    scope: 1n,
    binding: 1n,
    today: 20260101,
  };
  await assert.rejects(
    prover.prove(request, () => undefined),
    { code: 'PROVER_SECRET' },
  );
  await assert.rejects(
    prover.prove({ ...request, secret: 1006n }, () => undefined),
    { code: 'PROVER_REQUEST' },
  );
});

test('an issuer that is away is said to be away', async () => {
  const lost = new Holder({
    profile: {
      ...issuer.profile,
      services: { ...issuer.profile.services, issuer: 'http://127.0.0.1:1/issuer' },
    },
    keys: holderKeys(1n),
    prover: async () => prover,
    store: memoryCredentials(),
  });
  await assert.rejects(lost.apply(FORM), { code: 'ISSUER_UNREACHABLE' });
});
