// Runs in a frame whose policy allows workers of its own origin only, and tells its parent.
import pins from '../../circuits/artifacts/pins.json' with { type: 'json' };
import { connectProver } from '../../src/identity/connect-prover.ts';
import type { CircuitPins } from '../../src/protocol/profile.ts';
import { serializeError } from '../../src/protocol/errors.ts';
import { proofRequest } from './prover-request.ts';

const base = new URL('/circuits/artifacts/', document.baseURI).href;
const blob = (): Worker =>
  new Worker(URL.createObjectURL(new Blob([''], { type: 'text/javascript' })), { type: 'module' });

/** `createWorker` makes the first worker of the own origin; `second` the other one. */
async function proves(second: (() => Worker) | undefined): Promise<string> {
  const own = () => new Worker(new URL('/workers/prover.worker.ts', document.baseURI), { type: 'module' });
  let made = 0;
  const prover = connectProver({ threads: 2, createWorker: () => (made++ > 0 && second ? second() : own()) });
  try {
    await prover.prepare(pins as CircuitPins, base);
    const { publicSignals } = await prover.prove(proofRequest(), () => undefined);
    return `${made} ${publicSignals[5]}`;
  } catch (error) {
    return serializeError(error).code;
  } finally {
    prover.terminate();
  }
}

const refused: string[] = [];
document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
  refused.push(effectiveDirective),
);
const both = await proves(undefined);
const alone = await proves(blob);
parent.postMessage({ ownOrigin: { both, alone, refused: [...new Set(refused)] } }, origin);
