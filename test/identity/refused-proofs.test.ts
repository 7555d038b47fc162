import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Address, PrivateKeyAccount } from 'viem';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { zkidVerifierAbi } from '../../src/contracts/abi/ZkidVerifier.ts';
import { identityRegistryBytecode } from '../../src/contracts/bytecode/IdentityRegistry.ts';
import { zkidVerifierBytecode } from '../../src/contracts/bytecode/ZkidVerifier.ts';
import { admissionRequest } from '../../src/identity/admission.ts';
import type { ZkidProof } from '../../src/identity/prover-api.ts';
import {
  admissionScope,
  type Attributes,
  commitment,
  dateNumber,
  HolderKind,
  leaf,
  type Policy,
  policyHash,
  walletBinding,
} from '../../src/protocol/zkid.ts';
import { parseChunk, ZkidTree } from '../../src/protocol/zkid-tree.ts';
import { proveAgain } from '../circuits/committed-circuit.ts';
import { account, type Contract, refused, TestChain } from '../contracts/support.ts';

/** A proof counts for one wallet, on one chain, for one token of one registry, under one policy and one issuer's root. */
const CHAIN_ID = 31178;
const ELSEWHERE = 31179;
const TOKEN: Address = '0x00000000000000000000000000000000000000f1';
const OTHER_TOKEN: Address = '0x00000000000000000000000000000000000000f2';
const TAG = 'admission-1';
const SECRET = 7_654_321n;
const POLICY: Policy = {
  allowedCountries: [344, 702],
  kindMask: 1,
  minTier: 1,
  minAge: 18,
  mustBeScreened: true,
  maxGeneration: 7,
};
const attributes: Attributes = {
  expiry: 20291231,
  birth: 19900101,
  country: 344,
  kind: HolderKind.Person,
  tier: 1,
  screened: true,
  generation: 0,
};
const owner = account('owner');
const issuer = account('issuer');
const otherIssuer = account('other issuer');
const wallet = account('wallet');
const otherWallet = account('other wallet');
type Registry = Contract<typeof identityRegistryAbi>;

let chain: TestChain;
let registry: Registry;
let tree: ZkidTree;
let proof: ZkidProof;

/** The holder among `others` of an issuer's tree. */
function treeOf(others: number): ZkidTree {
  const made = new ZkidTree();
  for (let index = 1; index <= others; index++) made.set(index, BigInt(index));
  made.set(0, leaf(commitment(SECRET), attributes));
  return made;
}

interface Statement {
  chainId?: number;
  token?: Address;
  tag?: string;
  policy?: Policy;
  today?: number;
  from?: ZkidTree;
}

function prove(said: Statement = {}, for_: Address = wallet.address): Promise<ZkidProof> {
  const { chainId = CHAIN_ID, token = TOKEN, tag = TAG, policy = POLICY, from = tree } = said;
  return proveAgain(
    admissionRequest({
      credential: { issuer: 'test', commitment: commitment(SECRET).toString(), attributes, index: 0 },
      secret: SECRET,
      subtree: parseChunk(from.encodeChunk(0), 0),
      product: { token, policy, scopeTag: tag },
      chainId,
      wallet: for_,
      today: said.today ?? dateNumber(chain.timestamp),
    }),
  );
}

async function open(on: TestChain): Promise<Registry> {
  const verifier = await on.deploy(zkidVerifierAbi, zkidVerifierBytecode, []);
  const made = await on.deploy(identityRegistryAbi, identityRegistryBytecode, [
    owner.address,
    verifier.address,
  ]);
  const role = await on.read(made, 'ISSUER_ROLE', []);
  await on.send(owner, made, 'grantRole', [role, issuer.address]);
  for (const token of [TOKEN, OTHER_TOKEN]) await setPolicy(on, made, token);
  return made;
}

const setPolicy = (on: TestChain, at: Registry, token: Address, policy = POLICY, tag = TAG) =>
  on.send(owner, at, 'setPolicy', [token, policyHash(policy), admissionScope(on.chainId, token, tag), 1, 0]);
const post = (on: TestChain, at: Registry, root: bigint, from: PrivateKeyAccount = issuer) =>
  on.send(from, at, 'postRoot', [root]);
const admit = (
  { a, b, c, publicSignals }: ZkidProof,
  {
    on = chain,
    at = registry,
    token = TOKEN,
    from = wallet,
  }: Partial<{
    on: TestChain;
    at: Registry;
    token: Address;
    from: PrivateKeyAccount;
  }> = {},
) => on.send(from, at, 'admit', [token, { a, b, c }, publicSignals]);

/** The proof with another word in one place: what a thief would have to write there. */
const saying = (index: number, value: bigint, of: ZkidProof = proof): ZkidProof => ({
  ...of,
  publicSignals: of.publicSignals.with(index, value) as ZkidProof['publicSignals'],
});

before(async () => {
  chain = await TestChain.open(CHAIN_ID);
  registry = await open(chain);
  tree = treeOf(5);
  await post(chain, registry, tree.root);
  proof = await prove();
  const snapshot = await chain.snapshot();
  await admit(proof);
  await chain.revert(snapshot);
});

test('another wallet', async () => {
  await refused(admit(proof, { from: otherWallet }), 'BindingMismatch');
  const bound = saying(5, walletBinding(otherWallet.address));
  await refused(admit(bound, { from: otherWallet }), 'ProofInvalid');
});

test('another chain, on which the same contracts stand at the same addresses', async () => {
  const other = await TestChain.open(ELSEWHERE);
  const there = await open(other);
  assert.equal(there.address, registry.address);
  await post(other, there, tree.root);
  await refused(admit(proof, { on: other, at: there }), 'ScopeMismatch');
  const scope = admissionScope(ELSEWHERE, TOKEN, TAG);
  await refused(admit(saying(3, scope), { on: other, at: there }), 'ProofInvalid');
  // Made for that chain it counts there, and not here.
  const theirs = await prove({ chainId: ELSEWHERE });
  await admit(theirs, { on: other, at: there });
  await refused(admit(theirs), 'ScopeMismatch');
  assert.notEqual(theirs.publicSignals[0], proof.publicSignals[0], 'another name on another chain');
});

test('another token, and another scope of the same token', async () => {
  await refused(admit(proof, { token: OTHER_TOKEN }), 'ScopeMismatch');
  const scope = admissionScope(CHAIN_ID, OTHER_TOKEN, TAG);
  await refused(admit(saying(3, scope), { token: OTHER_TOKEN }), 'ProofInvalid');
  await refused(admit(await prove({ tag: 'admission-2' })), 'ScopeMismatch');
});

test('another registry, whose issuers are others', async () => {
  const snapshot = await chain.snapshot();
  const another = await open(chain);
  const theirTree = treeOf(9);
  await post(chain, another, theirTree.root);
  await refused(admit(proof, { at: another }), 'RootUnknown');
  await refused(admit(saying(1, theirTree.root), { at: another }), 'ProofInvalid');
  await chain.revert(snapshot);
});

test('another policy, and another epoch of the same', async () => {
  const snapshot = await chain.snapshot();
  await admit(proof);
  const stricter = { ...POLICY, minAge: 21 };
  await setPolicy(chain, registry, TOKEN, stricter);
  assert.equal(
    await chain.read(registry, 'isAdmitted', [TOKEN, wallet.address]),
    false,
    'of an earlier epoch',
  );
  await refused(admit(proof), 'PolicyMismatch');
  await refused(admit(saying(2, policyHash(stricter))), 'ProofInvalid');
  await admit(await prove({ policy: stricter }));
  assert.equal(await chain.read(registry, 'isAdmitted', [TOKEN, wallet.address]), true);
  // The same policy set again: what was admitted before has to be proven once more.
  await setPolicy(chain, registry, TOKEN, stricter);
  assert.equal(await chain.read(registry, 'isAdmitted', [TOKEN, wallet.address]), false);
  await chain.revert(snapshot);
});

test("another issuer's root, unless the registry trusts that issuer", async () => {
  const snapshot = await chain.snapshot();
  const theirTree = treeOf(20);
  const theirs = await prove({ from: theirTree });
  await refused(admit(theirs), 'RootUnknown');
  await refused(admit(saying(1, tree.root, theirs)), 'ProofInvalid');
  await refused(post(chain, registry, theirTree.root, otherIssuer), 'AccessControlUnauthorizedAccount');
  const role = await chain.read(registry, 'ISSUER_ROLE', []);
  await chain.send(owner, registry, 'grantRole', [role, otherIssuer.address]);
  await refused(post(chain, registry, tree.root, otherIssuer), 'RootOfOtherIssuer');
  await post(chain, registry, theirTree.root, otherIssuer);
  await admit(theirs);
  await chain.send(owner, registry, 'revokeRole', [role, otherIssuer.address]);
  await refused(admit(theirs), 'RootUnknown');
  await chain.revert(snapshot);
});

test('another day', async () => {
  const DAY = 86_400n;
  for (const days of [-2n, 2n]) {
    const today = dateNumber(chain.timestamp + days * DAY);
    await refused(admit(await prove({ today })), 'DateMismatch');
    await refused(admit(saying(4, BigInt(today))), 'DateMismatch');
  }
  const tomorrow = dateNumber(chain.timestamp + DAY);
  await refused(admit(saying(4, BigInt(tomorrow))), 'ProofInvalid');
});

test('a proof of nothing', async () => {
  const empty: ZkidProof = { ...proof, a: [0n, 0n], b: [[0n, 0n], [0n, 0n]], c: [0n, 0n] }; // prettier-ignore
  await refused(admit(empty), 'ProofInvalid');
  await refused(admit({ ...proof, a: proof.c, c: proof.a }), 'ProofInvalid');
});
