import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Address,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  http,
  numberToHex,
  type PrivateKeyAccount,
} from 'viem';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { admitArguments } from '../../src/identity/admission.ts';
import { memoryArtefacts } from '../../src/identity/artefact-store.ts';
import { memoryCredentials } from '../../src/identity/credential-store.ts';
import { Holder } from '../../src/identity/holder.ts';
import { Prover } from '../../src/identity/prover.ts';
import type { ZkidProof } from '../../src/identity/prover-api.ts';
import type { ApplicationForm } from '../../src/protocol/issuance.ts';
import { admissionScope, commitment, leaf, packAttributes, policyHash } from '../../src/protocol/zkid.ts';
import { holderKeys } from './holder-keys.ts';
import { accounts, FORM, type IssuerUnderTest, PRODUCT, startIssuer } from './issuer-fixture.ts';
import {
  asWord,
  type Exchange,
  found,
  RecordedWire,
  spellings,
  textSpellings,
  valuesIn,
} from './recorded-wire.ts';

const SECRET = 0x1f2e3d4c5b6a79880011223344556677n;
const STRANGERS_SECRET = 0x2abbccddeeff00112233445566778899n;
const PERSON: ApplicationForm = {
  ...FORM,
  givenName: 'Ottoline',
  familyName: 'Featherstonehaugh',
  document: 'Z9182736(4)',
  birth: 19830417,
};
const OTHER_PRODUCT = {
  ...PRODUCT,
  token: '0x00000000000000000000000000000000000000f2' as Address,
};
/** All on one day, whenever this runs; the registry allows a day either way. */
const NOON = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 43_200_000;
const data = mkdtempSync(path.join(tmpdir(), 'hsk-unlinkable-'));
const wire = new RecordedWire();
let issuer: IssuerUnderTest;
let hours = 0;

/** One admission: all that went over the wire for it, and all that the chain keeps of it. */
interface Admission {
  proof: ZkidProof;
  wallet: Address;
  exchanges: Exchange[];
  /** The transaction, its receipt and logs, and the registry's entries, as the node's own store answers. */
  chain: Buffer;
}

let first: Admission;
let second: Admission;
let strangers: Admission;

before(async () => {
  issuer = await startIssuer(data);
  const { chainId } = issuer.profile.execution;
  await issuer.sender('deployer').execute({
    to: issuer.registry,
    data: encodeFunctionData({
      abi: identityRegistryAbi,
      functionName: 'setPolicy',
      args: [
        OTHER_PRODUCT.token,
        policyHash(OTHER_PRODUCT.policy),
        admissionScope(chainId, OTHER_PRODUCT.token, OTHER_PRODUCT.scopeTag),
        1,
        0,
      ],
    }),
  });
  const prover = new Prover({ store: memoryArtefacts(), fetch: wire.fetch });
  await prover.prepare(issuer.profile.circuit, new URL('/circuits/', issuer.url).href);
  const holder = (secret: bigint) =>
    new Holder({
      profile: issuer.profile,
      keys: holderKeys(secret),
      prover: async () => prover,
      store: memoryCredentials(),
      fetch: wire.fetch,
      now: () => NOON + hours * 3_600_000,
    });
  const [person, stranger] = [holder(SECRET), holder(STRANGERS_SECRET)];
  await stranger.apply({ ...FORM, document: 'S1' });
  await person.apply(PERSON);
  // What was fetched with the credential has aged: each admission fetches its part of the tree.
  hours = 2;
  first = await admission(person, PRODUCT, accounts.alice);
  hours = 4;
  second = await admission(person, OTHER_PRODUCT, accounts.bob);
  hours = 6;
  strangers = await admission(stranger, PRODUCT, accounts.issuer);
});
after(async () => {
  await issuer?.stop();
  rmSync(data, { recursive: true, force: true });
});

async function admission(
  holder: Holder,
  product: typeof PRODUCT | typeof OTHER_PRODUCT,
  wallet: PrivateKeyAccount,
): Promise<Admission> {
  // Others use the chain as well: the block of one admission is neither the head that the next sees nor its parent.
  for (let block = 0; block < 2; block++)
    await issuer.sender('deployer').execute({ to: accounts.deployer.address });
  const url = issuer.profile.execution.rpcUrls[0]!;
  const transport = http(url, { fetchFn: wire.fetch });
  const node = createPublicClient({ transport, pollingInterval: 50 });
  const { result, exchanges } = await wire.during(async () => {
    // As the page does before it offers to prove.
    assert.equal((await holder.standing(product)).state, 'held');
    const proof = await holder.prove(product, wallet.address);
    const hash = await createWalletClient({ account: wallet, transport }).writeContract({
      chain: null,
      // An estimate varies with the zeros in a proof, and would match here or there by chance.
      gas: 600_000n,
      address: issuer.registry,
      abi: identityRegistryAbi,
      functionName: 'admit',
      args: admitArguments(product.token, proof),
    });
    await node.waitForTransactionReceipt({ hash });
    const isAdmitted = await node.readContract({
      address: issuer.registry,
      abi: identityRegistryAbi,
      functionName: 'isAdmitted',
      args: [product.token, wallet.address],
    });
    assert.equal(isAdmitted, true);
    return { proof, hash };
  });
  const { proof, hash } = result;
  const client = createPublicClient({ transport: http(url) });
  const registry = { address: issuer.registry, abi: identityRegistryAbi } as const;
  const [nullifier] = proof.publicSignals;
  const kept = [
    await client.getTransaction({ hash }),
    await client.getTransactionReceipt({ hash }),
    await client.readContract({
      ...registry,
      functionName: 'admissions',
      args: [product.token, wallet.address],
    }),
    await client.readContract({
      ...registry,
      functionName: 'holders',
      args: [product.token, numberToHex(nullifier & (2n ** 160n - 1n), { size: 20 })],
    }),
  ];
  return { proof, wallet: wallet.address, exchanges, chain: Buffer.from(JSON.stringify(kept, plain)) };
}

const plain = (_key: string, value: unknown) =>
  typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
const all = ({ exchanges, chain }: Admission) =>
  Buffer.concat([...exchanges.flatMap(({ request, response }) => [request, response]), chain]);

test('what two admissions of one person share, an admission of anybody shares', () => {
  const [one, two, other] = [first, second, strangers].map((admission) => valuesIn(all(admission)));
  assert.ok(one!.size > 30, `${one!.size} values`);
  const shared = [...one!].filter((value) => two!.has(value));
  const linking = shared.filter((value) => !other!.has(value));
  assert.deepEqual(linking, []);
  // And what everybody shares is there to be found: the search is not blind.
  const [, root, policy] = first.proof.publicSignals;
  for (const value of [root, policy, BigInt(issuer.registry)]) assert.ok(shared.includes(asWord(value)));
});

test('the search finds what would link them', () => {
  const [nullifier] = first.proof.publicSignals;
  const mark = Buffer.from(`{"memo":"0x${nullifier.toString(16).padStart(64, '0')}"}`);
  const marked = valuesIn(Buffer.concat([all(second), mark]));
  assert.ok(valuesIn(all(first)).has(asWord(nullifier)) && marked.has(asWord(nullifier)));
  assert.ok(
    !valuesIn(all(second)).has(asWord(nullifier)) && !valuesIn(all(strangers)).has(asWord(nullifier)),
  );
});

test('no signal of the two is the same but the root, the day and the policy', () => {
  const same = first.proof.publicSignals.map((signal, index) => signal === second.proof.publicSignals[index]);
  // nullifier, root, policyHash, scope, today, binding
  assert.deepEqual(same, [false, true, true, false, true, false]);
  const points = ({ a, b, c }: ZkidProof) => [...a, ...b.flat(), ...c];
  const others = new Set(points(second.proof));
  assert.ok(points(first.proof).every((coordinate) => !others.has(coordinate)));
});

test('a part of the tree is asked for by everybody alike', () => {
  const asked = [first, second, strangers].map(({ exchanges }) =>
    exchanges.filter(({ path: to }) => to.startsWith('/issuer')),
  );
  for (const exchanges of asked) {
    assert.deepEqual(
      exchanges.map(({ method, path: to }) => `${method} ${to}`),
      ['GET /issuer/tree/0'],
    );
    assert.deepEqual(exchanges[0]!.request, asked[0]![0]!.request);
    const body = (bytes: Buffer) => bytes.subarray(-131_584);
    assert.equal(Buffer.compare(body(exchanges[0]!.response), body(asked[0]![0]!.response)), 0);
  }
});

test('what the issuer keeps names no wallet, no nullifier and no token', () => {
  const values = Object.fromEntries(
    [first, second].flatMap(({ wallet, proof: { publicSignals } }, index) => [
      [`wallet ${index}`, [...spellings(BigInt(wallet), 20), Buffer.from(wallet)]],
      [`nullifier ${index}`, spellings(publicSignals[0])],
      [`scope ${index}`, spellings(publicSignals[3])],
      [`binding ${index}`, spellings(publicSignals[5])],
    ]),
  );
  const files = readdirSync(issuer.directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  assert.ok(files.length > 0);
  let kept = '';
  for (const file of files) {
    const bytes = readFileSync(path.join(file.parentPath, file.name));
    assert.deepEqual(found(values, bytes), [], file.name);
    kept += bytes.toString('latin1');
  }
  assert.ok(
    kept.includes(commitment(SECRET).toString()),
    'it does keep the commitment, and the search would see it',
  );
});

test('of the person nothing goes over the wire but the application', () => {
  const credentialOf = wire.exchanges.find(
    ({ path: to, request }) => to === '/issuer/apply' && request.includes(PERSON.familyName),
  )!;
  const text = credentialOf.response.toString('utf8');
  const attributes = JSON.parse(/"attributes":(\{[^}]*\})/.exec(text)![1]!);
  const own = leaf(commitment(SECRET), attributes);
  const values: Record<string, Buffer[]> = {
    'given name': textSpellings(PERSON.givenName),
    'family name': textSpellings(PERSON.familyName),
    document: textSpellings(PERSON.document),
    'date of birth': spellings(BigInt(PERSON.birth), 4).filter((spelling) => spelling.length > 4),
    country: ['"country"', 'country='].map((each) => Buffer.from(each)),
    secret: spellings(SECRET).concat(spellings(SECRET, 16)),
    commitment: spellings(commitment(SECRET)),
    attributes: spellings(packAttributes(attributes)).concat(spellings(packAttributes(attributes), 9)),
    leaf: spellings(own),
  };
  const isApplication = ({ path: to }: Exchange) => /^\/issuer\/appl(?:y|ication)\b/.test(to);
  assert.equal(
    wire.exchanges.filter(
      ({ path: to, request }) => to === '/issuer/apply' && request.includes(PERSON.document),
    ).length,
    1,
  );
  assert.deepEqual(found(values, credentialOf.request).toSorted(), [
    'commitment',
    'country',
    'date of birth',
    'document',
    'family name',
    'given name',
  ]);
  const { leaf: leafSpellings, ...others } = values;
  for (const exchange of wire.exchanges.filter((each) => !isApplication(each))) {
    const what = `${exchange.method} ${exchange.path}`;
    assert.deepEqual(found(values, exchange.request), [], what);
    // The leaf stands among 4,096 in what everybody downloads.
    const isTree = exchange.path.startsWith('/issuer/tree/');
    assert.deepEqual(
      found(isTree ? others : { ...others, leaf: leafSpellings! }, exchange.response),
      [],
      what,
    );
  }
  // Not even to the issuer: the secret.
  for (const { request, response } of wire.exchanges)
    assert.deepEqual(found({ secret: values['secret']! }, Buffer.concat([request, response])), []);
  for (const { chain } of [first, second]) assert.deepEqual(found(values, chain), []);
});
