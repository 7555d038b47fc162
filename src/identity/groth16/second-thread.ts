import { Curve } from './curve.ts';
import { Multiplier, type Points, type Share } from './multiplier.ts';

type Request =
  | { kind: 'points'; module: WebAssembly.Module; points: Points }
  | { kind: 'sums'; id: number; shares: readonly Share[] };
type Answer = { kind: 'ready' } | { kind: 'sums'; id: number; sums: Uint8Array[] };

/** After our own share is done, so long is waited for the other's, at least. */
const PATIENCE = 1500;

/**
 * Multiplications in another worker, over a message port. It is a help and never a condition: what does not
 * come back is computed here, and the thread is not asked again.
 */
export class SecondThread {
  /** It did not answer in time. */
  lost = false;
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
      else this.#waiting.get(data.id)?.(data.sums);
    });
    port.start();
  }

  /** Resolves when it has the points; never, where the worker could not be started. */
  async prepare(points: Points): Promise<void> {
    const ready = new Promise<void>((resolve) => (this.#ready = resolve));
    this.#send({ kind: 'points', module: this.#module, points: plain(points) });
    await ready;
  }

  /** @param otherwise computes a sum here */
  sums(shares: readonly Share[], otherwise: (share: Share) => Uint8Array): Promise<Uint8Array[]> {
    const id = this.#asked++;
    const begin = performance.now();
    const answer = new Promise<Uint8Array[]>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ kind: 'sums', id, shares });
    let timer: ReturnType<typeof setTimeout>;
    // The timer starts when this thread is idle again: its own share takes about as long.
    const late = new Promise<Uint8Array[]>((resolve) => {
      queueMicrotask(() => {
        const ours = performance.now() - begin;
        timer = setTimeout(
          () => {
            this.lost = true;
            resolve(shares.map(otherwise));
          },
          PATIENCE + 2 * ours,
        );
      });
    });
    return Promise.race([answer, late]).finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(id);
    });
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
