import { Curve } from './curve.ts';
import { Multiplier, type Points, type Share } from './multiplier.ts';

type Request =
  | { kind: 'points'; module: WebAssembly.Module; points: Points }
  | { kind: 'sums'; id: number; shares: readonly Share[] };
type Answer = { kind: 'ready' } | { kind: 'sums'; id: number; sums: Uint8Array[] };

/** Once our own work is done, so many milliseconds, and this share of the time it took, are waited for the other's. */
const GRACE = 30;
const GRACE_SHARE = 0.25;
/** Points of G1 that are summed between two looks at whether the answer has come; about 20 ms. */
const PORTION = 256;

/**
 * Multiplications in another worker, over a message port. It is a help and never a condition: what does not come
 * in time is computed here, portion by portion until it comes, and a thread that owes an answer is not asked.
 */
export class SecondThread {
  readonly #port: MessagePort;
  readonly #module: WebAssembly.Module;
  readonly #waiting = new Map<number, (sums: Uint8Array[]) => void>();
  #ready: (() => void) | undefined;
  #asked = 0;

  constructor(port: MessagePort, module: WebAssembly.Module) {
    this.#port = port;
    this.#module = module;
    port.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if (data.kind === 'ready') this.#ready?.();
      else {
        this.#waiting.get(data.id)?.(data.sums);
        this.#waiting.delete(data.id);
      }
    });
    port.start();
  }

  /** It owes an answer: slow, or gone for good. */
  get owes(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves when it has the points; never, where the worker could not be started. */
  async prepare(points: Points): Promise<void> {
    const ready = new Promise<void>((resolve) => (this.#ready = resolve));
    this.#send({ kind: 'points', module: this.#module, points: plain(points) });
    await ready;
  }

  /** @param own multiplies here what does not come in time */
  sums(shares: readonly Share[], own: Multiplier): Promise<Uint8Array[]> {
    const id = this.#asked++;
    const answer = new Promise<Uint8Array[]>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ kind: 'sums', id, shares });
    return Promise.race([answer, this.#alone(id, shares, own)]);
  }

  /** Resolves with the sums, or never when the answer comes before. */
  async #alone(id: number, shares: readonly Share[], own: Multiplier): Promise<Uint8Array[]> {
    const begin = performance.now();
    // Goes on when this thread is done with its own work.
    await Promise.resolve();
    await pause(GRACE + GRACE_SHARE * (performance.now() - begin));
    const sums: Uint8Array[] = [];
    for (const share of shares) {
      const portions: Uint8Array[] = [];
      for (let at = 0; at === 0 || at < share.scalars.length / 32; at += PORTION) {
        if (!this.#waiting.has(id)) return new Promise(() => undefined);
        const scalars = share.scalars.subarray(32 * at, 32 * (at + PORTION));
        portions.push(own.sum({ base: share.base, from: share.from + at, scalars }));
        await pause(0);
      }
      sums.push(own.add(share.base, portions));
    }
    return sums;
  }

  #send(request: Request): void {
    this.#port.postMessage(request);
  }
}

/** The other end: keeps the points, and nothing of what is multiplied. */
export function serveMultiplications(port: MessagePort): void {
  let multiplier: Promise<Multiplier>;
  const answer = (message: Answer) => port.postMessage(message);
  port.addEventListener('message', ({ data }: MessageEvent<Request>) => {
    if (data.kind === 'points') {
      multiplier = Curve.instantiate(data.module).then((curve) => new Multiplier(curve, data.points));
      void multiplier.then(() => answer({ kind: 'ready' }));
    } else
      void multiplier.then((own) =>
        answer({ kind: 'sums', id: data.id, sums: data.shares.map((share) => own.sum(share)) }),
      );
  });
  port.start();
}

/** Only what is multiplied with. */
function plain(points: Points): Points {
  const of = ({ group, points: bytes }: Points['A']) => ({ group, points: bytes });
  return { A: of(points.A), B1: of(points.B1), B2: of(points.B2), C: of(points.C), H: of(points.H) };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
