import { expect } from 'chai';
import { transferPort, wrapWorker } from '../../workers/boundary.ts';
import pins from '../../circuits/artifacts/pins.json' with { type: 'json' };
import { circuitInput } from '../../src/identity/circuit-input.ts';
import { connectProver } from '../../src/identity/connect-prover.ts';
import { indexedDbCredentials } from '../../src/identity/credential-store.ts';
import { Groth16 } from '../../src/identity/groth16/groth16.ts';
import { SecondThread } from '../../src/identity/groth16/second-thread.ts';
import { WitnessProgram } from '../../src/identity/groth16/witness.ts';
import type { ProverWorkerApi, ProvingProgress } from '../../src/identity/prover-api.ts';
import { HskError } from '../../src/protocol/errors.ts';
import type { CircuitPins } from '../../src/protocol/profile.ts';
import { nullifier, policyHash } from '../../src/protocol/zkid.ts';
import { proofRequest, SECRET } from './prover-request.ts';

const PINS = pins as CircuitPins;
const BASE = new URL('/circuits/artifacts/', location.href).href;
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
    const asked = proofRequest();
    const seen: ProvingProgress[] = [];
    const proof = await prover.prove(asked, (progress) => void seen.push(progress));
    // Progress has a port of its own: its last words may come after the proof.
    for (let tries = 0; tries < 100 && seen.at(-1)?.stage !== 'done'; tries++)
      await new Promise((resolve) => setTimeout(resolve, 20));
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
  }).timeout(90_000);

  it('proves a credential ahead, and forgets it', async () => {
    await prover.prepare(PINS, BASE);
    const asked = proofRequest();
    const { credential, scope } = asked;
    await prover.proveAhead({ ...asked, today: 20260101, binding: 1n });
    const proof = await prover.prove(asked, () => undefined);
    expect(proof.publicSignals.slice(3)).to.deep.equal([scope, 20260115n, 6n]);
    const elsewhere = await prover.prove({ ...asked, scope: 8n }, () => undefined);
    expect(elsewhere.publicSignals[0]).to.equal(nullifier(8n, SECRET));
    await prover.forget();
    const again = await prover.prove(asked, () => undefined);
    expect(again.publicSignals).to.deep.equal(proof.publicSignals);
    const young = {
      ...asked,
      credential: { ...credential, attributes: { ...credential.attributes, birth: 20100101 } },
    };
    expect((await rejection(prover.proveAhead(young))).code).to.equal('PROVER_NOT_ELIGIBLE');
  }).timeout(90_000);

  it('has a second worker, which takes part', async () => {
    const read = async (file: string) => new Uint8Array(await (await fetch(`${BASE}${file}`)).arrayBuffer());
    const module = await WebAssembly.compile((await read('bn128.wasm')) as Uint8Array<ArrayBuffer>);
    const vkey = JSON.parse(new TextDecoder().decode(await read('zkid.vkey.json')));
    const groth16 = await Groth16.load(module, await read('zkid.key.bin'), vkey);
    const worker = new Worker(new URL('../../workers/prover.worker.ts', import.meta.url), { type: 'module' });
    const { port1, port2 } = new MessageChannel();
    await wrapWorker<ProverWorkerApi>(worker).multiplyFor(transferPort(port2));
    const second = new SecondThread(port1, module);
    await groth16.employ(second);
    const program = new WitnessProgram(
      await WebAssembly.compile((await read('zkid.wasm')) as Uint8Array<ArrayBuffer>),
    );
    const witness = await program.calculate(circuitInput(proofRequest()));
    const { signals, proof } = await groth16.prove(witness, {});
    expect(groth16.verify(signals, proof)).to.equal(true);
    expect(second.owes).to.equal(false);
    worker.terminate();
  });

  it('works where workers are of the own origin only, and alone where the second worker is refused', async () => {
    const frame = document.createElement('iframe');
    // Named, since to Firefox nothing is 'self' in a frame made from text.
    const policy = `default-src ${origin}; script-src ${origin} 'wasm-unsafe-eval'; worker-src ${origin}`;
    const script = new URL('own-origin.ts', import.meta.url).href;
    frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${policy}"><script type="module" src="${script}"></script>`;
    const told = new Promise<unknown>((resolve) => {
      addEventListener('message', ({ data }: MessageEvent) => data.ownOrigin && resolve(data.ownOrigin));
    });
    document.body.append(frame);
    expect(await told).to.deep.equal({ both: '2 6', alone: '2 6', refused: ['worker-src'] });
    frame.remove();
  }).timeout(90_000);

  it('sends typed errors across the wall', async () => {
    expect((await rejection(prover.prove(proofRequest(), () => undefined))).code).to.equal(
      'PROVER_NOT_PREPARED',
    );
    await prover.prepare(PINS, BASE);
    const young = await rejection(prover.prove(proofRequest({ birth: 20100101 }), () => undefined));
    expect(young.code).to.equal('PROVER_NOT_ELIGIBLE');
    expect(young.details).to.equal('age');
    const other = { ...PINS, key: `0x${'11'.repeat(32)}` as const };
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
    const proving = rejection(prover.prove(proofRequest(), () => undefined));
    prover.terminate();
    expect((await proving).code).to.equal('PROVER_STOPPED');
  });
});

describe('the credential store', () => {
  it('keeps a credential by issuer and commitment, over a reopening', async () => {
    await indexedDbCredentials('test-identity').put('credential', 'issuer a', '7', '0x01');
    const store = indexedDbCredentials('test-identity');
    await store.put('application', 'issuer a', '7', '0x02');
    expect(await store.get('credential', 'issuer a', '7')).to.equal('0x01');
    expect(await store.get('application', 'issuer a', '7')).to.equal('0x02');
    expect(await store.get('credential', 'issuer b', '7')).to.equal(undefined);
    expect(await store.get('credential', 'issuer a', '1')).to.equal(undefined);
    await store.putSubtree('issuer a', 3, { bytes: new Uint8Array([1]), fetchedAt: 5 });
    expect((await store.subtree('issuer a', 3))!.fetchedAt).to.equal(5);
    await store.remove('credential', 'issuer a', '7');
    expect(await store.get('credential', 'issuer a', '7')).to.equal(undefined);
    expect(await store.get('application', 'issuer a', '7')).to.equal('0x02');
  });
});
