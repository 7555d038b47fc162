import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { poseidon2, poseidon8 } from 'poseidon-lite';
import { assessEligibility, isEligible } from '../../src/identity/eligibility.ts';
import { isKnownCeremony } from '../../src/identity/ceremony.ts';
import {
  countryWords,
  HolderKind,
  nullifier,
  packAttributes,
  packPolicy,
  policyHash,
} from '../../src/protocol/zkid.ts';
import {
  artefact,
  type Case,
  INDEX,
  rawInput,
  requestFor,
  SECRET,
  TODAY,
  wires,
  witness,
} from './circuit-fixture.ts';

const json = (file: string) => JSON.parse(Buffer.from(artefact(file)).toString('utf8'));

/** [name, case, accepted] */
const CASES: [string, Case, boolean][] = [
  ['a holder who satisfies everything', {}, true],
  ['expired yesterday', { attributes: { expiry: 20260114 } }, false],
  ['expires today', { attributes: { expiry: 20260115 } }, true],
  ['valid for more than 104 years', { attributes: { expiry: TODAY + 2 ** 20 } }, false],
  ['18 tomorrow', { attributes: { birth: 20080116 } }, false],
  ['18 today', { attributes: { birth: 20080115 } }, true],
  ['18 today under a policy of 21', { attributes: { birth: 20080115 }, policy: { minAge: 21 } }, false],
  ['21 today under a policy of 21', { attributes: { birth: 20050115 }, policy: { minAge: 21 } }, true],
  ['born today, no minimum age', { attributes: { birth: TODAY }, policy: { minAge: 0 } }, true],
  ['born tomorrow, no minimum age', { attributes: { birth: TODAY + 1 }, policy: { minAge: 0 } }, false],
  [
    'born on 29 February, 28 February 18 years later',
    { attributes: { birth: 20080229 }, today: 20260228 },
    false,
  ],
  ['born on 29 February, 1 March 18 years later', { attributes: { birth: 20080229 }, today: 20260301 }, true],
  [
    'born on 29 February, 29 February 20 years later',
    { attributes: { birth: 20080229 }, today: 20280229 },
    true,
  ],
  [
    'New Year: 18 on 1 January, asked on 31 December',
    { attributes: { birth: 20080101 }, today: 20251231 },
    false,
  ],
  ['a blocked country', { attributes: { country: 364 } }, false],
  ['the first country of a word', { attributes: { country: 128 } }, true],
  ['the last country of a word', { attributes: { country: 127 } }, true],
  ['country 895, the last in the table', { attributes: { country: 895 } }, true],
  ['country 896, outside the table', { attributes: { country: 896 } }, false],
  ['country 1023, outside the table', { attributes: { country: 1023 } }, false],
  ['nobody may hold', { policy: { allowedCountries: [] } }, false],
  ['tier 0 where 1 is asked', { attributes: { tier: 0 } }, false],
  ['tier 3 where 1 is asked', { attributes: { tier: 3 } }, true],
  ['tier 2 where 3 is asked', { attributes: { tier: 2 }, policy: { minTier: 3 } }, false],
  ['a business where persons are asked', { attributes: { kind: HolderKind.Business } }, false],
  ['a business where both are', { attributes: { kind: HolderKind.Business }, policy: { kindMask: 3 } }, true],
  [
    'a kind that does not exist yet',
    { attributes: { kind: 3 as HolderKind }, policy: { kindMask: 3 } },
    false,
  ],
  ['no kind allowed', { policy: { kindMask: 0 } }, false],
  ['not screened', { attributes: { screened: false } }, false],
  [
    'not screened where it is not asked',
    { attributes: { screened: false }, policy: { mustBeScreened: false } },
    true,
  ],
  ['generation 3 where 2 is allowed', { attributes: { generation: 3 }, policy: { maxGeneration: 2 } }, false],
  ['generation 2 where 2 is allowed', { attributes: { generation: 2 }, policy: { maxGeneration: 2 } }, true],
];

for (const [name, given, accepted] of CASES)
  test(`${accepted ? 'accepts' : 'refuses'}: ${name}`, async () => {
    const request = requestFor(given);
    assert.equal((await witness(rawInput(request))) !== undefined, accepted);
    assert.equal(
      isEligible(request.credential.attributes, request.policy, request.today),
      accepted,
      'what a person is told beforehand is what the circuit says',
    );
  });

test('a changed sibling changes the root, and a broken level is refused', async () => {
  const request = requestFor();
  const input = rawInput(request);
  const change = (level: number, child: number) => ({
    ...input,
    children: request.children.map((row, at) => (at === level ? row.with(child, '5') : row)),
  });
  const top = (INDEX >> 15) & 7;
  const data = await witness(change(5, (top + 1) % 8));
  assert.ok(data, 'a sibling at the top belongs to another tree');
  assert.notEqual(wires(data)[2], request.root);
  assert.equal(await witness(change(2, ((INDEX >> 6) & 7) ^ 1)), undefined);
});

test('the public signals are what the protocol computes, in its order', async () => {
  const request = requestFor();
  const [one, ...signals] = wires((await witness(rawInput(request)))!).slice(0, 7);
  assert.equal(one, 1n);
  assert.deepEqual(signals, [
    nullifier(request.scope, SECRET),
    request.root,
    policyHash(request.policy),
    request.scope,
    BigInt(request.today),
    request.binding,
  ]);
});

test('the Poseidon of the circuit is that of poseidon-lite', async () => {
  // P2 through the nullifier, P8 through the policy's hash: scope and country words are free.
  let seed = 1n;
  const random = (bits: bigint) => {
    seed = poseidon2([seed, 7n]);
    return seed % (1n << bits);
  };
  for (let round = 0; round < 12; round++) {
    const input = rawInput(requestFor());
    const words = (input.allowedCountries as string[]).map((word, index) =>
      index === 756 >> 7 ? word : String(random(253n)),
    );
    const scope = random(253n);
    const signals = wires((await witness({ ...input, allowedCountries: words, scope: String(scope) }))!);
    assert.equal(signals[1], poseidon2([scope, SECRET]));
    assert.equal(signals[3], poseidon8([...words, input.policy as string]));
  }
  // circomlib's published vector.
  assert.equal(
    poseidon2([1, 2]),
    7853200120776062878684798364095072458815029376092732009249414926327459813530n,
  );
});

test('packing puts every field where the circuit reads it', () => {
  const { credential, policy } = requestFor({ attributes: { generation: 5, tier: 2 } });
  const packed = packAttributes(credential.attributes);
  const bits = (value: bigint, from: bigint, length: bigint) =>
    Number((value >> from) & ((1n << length) - 1n));
  assert.deepEqual(
    [
      [0n, 25n],
      [25n, 25n],
      [50n, 10n],
      [60n, 2n],
      [62n, 2n],
      [64n, 1n],
      [65n, 3n],
    ].map(([from, length]) => bits(packed, from!, length!)),
    [20281231, 19900215, 756, 0, 2, 1, 5],
  );
  assert.equal(packPolicy(policy), 1n | (1n << 4n) | (18n << 6n) | (1n << 13n) | (7n << 14n));
  assert.equal(countryWords([0, 127, 128, 895])[0], (1n << 127n) | 1n);
  assert.equal(countryWords([895])[6], 1n << 127n);
});

test('each rule is named by its own code', () => {
  const { credential, policy } = requestFor({
    attributes: {
      expiry: 20200101,
      birth: 20200101,
      country: 364,
      kind: 1,
      tier: 0,
      screened: false,
      generation: 4,
    },
    policy: { maxGeneration: 3 },
  });
  const results = assessEligibility(credential.attributes, policy, TODAY);
  assert.equal(results.length, 7);
  assert.ok(results.every((rule) => !rule.met));
});

test('the pins are the sha256 of the committed artefacts', () => {
  const pins = json('pins.json');
  for (const [part, file] of [
    ['r1cs', 'zkid.r1cs'],
    ['wasm', 'zkid.wasm'],
    ['zkey', 'zkid.zkey'],
    ['vkey', 'zkid.vkey.json'],
  ])
    assert.equal(pins[part!], `0x${createHash('sha256').update(artefact(file!)).digest('hex')}`, file);
});

test('the committed key is recognised as one of a development ceremony', () => {
  const vkey = json('zkid.vkey.json');
  assert.equal(json('pins.json').development, true);
  assert.equal(vkey.nPublic, 6);
  assert.equal(isKnownCeremony(vkey), false);
  const hermez = '20491192805390485299153009773594534940189261866228447918068658471970481763042';
  assert.equal(isKnownCeremony({ vk_alpha_1: [hermez, '1', '1'] }), true);
  assert.equal(isKnownCeremony({ vk_alpha_1: ['20491192805390', '1', '1'] }), false);
  // Who reads about it reads that first, wherever it is described.
  for (const [file, words] of [
    ['README.md', /development ceremony's secrets are public/],
    ['circuits/README.md', /artefacts come from a development ceremony/],
  ] as const)
    assert.match(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), words);
});
