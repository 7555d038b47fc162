import { expect } from 'chai';
import pins from '../../circuits/artifacts/pins.json' with { type: 'json' };
import { connectProver } from '../../src/identity/connect-prover.ts';
import { indexedDbCredentials } from '../../src/identity/credential-store.ts';
import type { ProofRequest, ProvingProgress } from '../../src/identity/prover-api.ts';
import { HskError } from '../../src/protocol/errors.ts';
import type { CircuitPins } from '../../src/protocol/profile.ts';
import {
  type Attributes,
  commitment,
  HolderKind,
  leaf,
  nullifier,
  policyHash,
} from '../../src/protocol/zkid.ts';
import { CHUNK, parseChunk, pathChildren, ZkidTree } from '../../src/protocol/zkid-tree.ts';

const PINS = pins as CircuitPins;
const BASE = new URL('/circuits/artifacts/', location.href).href;
const SECRET = 31337n;
const attributes: Attributes = {
  expiry: 20281231,
  birth: 19900215,
  country: 344,
  kind: HolderKind.Person,
  tier: 1,
  screened: true,
  generation: 0,
};

function request(change: Partial<Attributes> = {}): ProofRequest {
  const attested = { ...attributes, ...change };
  const index = 3 * CHUNK.leaves + 77;
  const tree = new ZkidTree();
  tree.set(index, leaf(commitment(SECRET), attested));
  return {
    credential: { issuer: 'x', commitment: commitment(SECRET).toString(), attributes: attested, index },
    secret: SECRET,
    children: pathChildren(parseChunk(tree.encodeChunk(3), 3), index).map((level) => level.map(String)),
    policy: {
      allowedCountries: [344],
      kindMask: 1,
      minTier: 1,
      minAge: 18,
      mustBeScreened: true,
      maxGeneration: 7,
    },
    scope: 5n,
    binding: 6n,
    today: 20260115,
  };
}

async function rejection(work: Promise<unknown>): Promise<HskError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(HskError);
  return error as HskError;
}

describe('the prover in its worker', () => {
  let prover: ReturnType<typeof connectProver>;
  beforeEach(() => {
    prover = connectProver();
  });
  afterEach(() => prover.terminate());

  it('loads the pinned artefacts, proves with progress, and keeps the artefacts', async () => {
    await prover.prepare(PINS, BASE);
    const asked = request();
    const seen: ProvingProgress[] = [];
    const proof = await prover.prove(asked, (progress) => void seen.push(progress));
    expect(proof.publicSignals[0]).to.equal(nullifier(asked.scope, SECRET));
    expect(proof.publicSignals[2]).to.equal(policyHash(asked.policy));
    expect(proof.publicSignals.slice(3)).to.deep.equal([5n, 20260115n, 6n]);
    expect([...new Set(seen.map((progress) => progress.stage))]).to.deep.equal([
      'artefacts',
      'witness',
      'proof',
      'check',
      'done',
    ]);
    expect(seen.at(-1)!.fraction).to.equal(1);

    // The next worker finds them in IndexedDB: nothing is reachable at this address.
    const next = connectProver();
    await next.prepare(PINS, 'https://nothing.invalid/');
    const again = await next.prove(asked, () => undefined);
    expect(again.publicSignals).to.deep.equal(proof.publicSignals);
    expect(again.a).to.not.deep.equal(proof.a);
    next.terminate();
  });

  it('sends typed errors across the wall', async () => {
    expect((await rejection(prover.prove(request(), () => undefined))).code).to.equal('PROVER_NOT_PREPARED');
    await prover.prepare(PINS, BASE);
    const young = await rejection(prover.prove(request({ birth: 20100101 }), () => undefined));
    expect(young.code).to.equal('PROVER_NOT_ELIGIBLE');
    expect(young.details).to.equal('age');
    const other = { ...PINS, zkey: `0x${'11'.repeat(32)}` as const };
    expect((await rejection(prover.prepare(other, BASE))).code).to.equal('ARTEFACT_MISMATCH');
  });

  it('says so when its worker cannot start', async () => {
    const broken = connectProver({
      createWorker: () => new Worker('/no-such-worker.js', { type: 'module' }),
    });
    expect((await rejection(broken.prepare(PINS, BASE))).code).to.equal('PROVER_WORKER');
  });

  it('ends what was asked when it is stopped', async () => {
    await prover.prepare(PINS, BASE);
    const proving = rejection(prover.prove(request(), () => undefined));
    prover.terminate();
    expect((await proving).code).to.equal('PROVER_STOPPED');
  });
});

describe('the credential store', () => {
  it('keeps a credential by issuer and commitment, over a reopening', async () => {
    const { credential } = request();
    await indexedDbCredentials('test-identity').put('issuer a', credential);
    const store = indexedDbCredentials('test-identity');
    expect(await store.get('issuer a', credential.commitment)).to.deep.equal(credential);
    expect(await store.get('issuer b', credential.commitment)).to.equal(undefined);
    expect(await store.get('issuer a', '1')).to.equal(undefined);
    await store.putSubtree('issuer a', 3, { bytes: new Uint8Array([1]), fetchedAt: 5 });
    expect((await store.subtree('issuer a', 3))!.fetchedAt).to.equal(5);
    await store.remove('issuer a', credential.commitment);
    expect(await store.get('issuer a', credential.commitment)).to.equal(undefined);
  });
});
