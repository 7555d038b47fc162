import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ChainView, Served } from '../rpc/view.ts';
import { METHOD_NOT_FOUND, RpcError } from '../rpc/rpc-error.ts';
import { type Describe, type Figure, FIGURES } from './part-state.ts';

/** Seconds; a proof or a transfer is in the first, a call that waits for a block in the last. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/** What Prometheus reads at `/metrics`. */
export class Metrics {
  readonly registry = new Registry();
  readonly #calls = new Histogram({
    name: 'hsk_rpc_seconds',
    help: 'JSON-RPC calls answered, by chain, method and outcome',
    labelNames: ['chain', 'method', 'outcome'],
    buckets: BUCKETS,
    registers: [this.registry],
  });
  readonly #requests = new Histogram({
    name: 'hsk_http_seconds',
    help: 'HTTP requests answered by services, by service and status',
    labelNames: ['service', 'status'],
    buckets: BUCKETS,
    registers: [this.registry],
  });

  readonly #parts: ReadonlyMap<string, Describe>;
  readonly #ok = new Gauge({
    name: 'hsk_part_ok',
    help: '1 while the part does its work',
    labelNames: ['part'],
    registers: [this.registry],
  });
  readonly #figures = new Map(
    (Object.entries(FIGURES) as [Figure, string][]).map(([figure, help]) => [
      figure,
      new Gauge({ name: `hsk_${figure}`, help, labelNames: ['part'], registers: [this.registry] }),
    ]),
  );

  constructor(parts: ReadonlyMap<string, Describe>) {
    this.#parts = parts;
    collectDefaultMetrics({ register: this.registry });
  }

  /** Prometheus' text format, as of now. */
  async text(): Promise<string> {
    for (const [part, describe] of this.#parts) {
      const { ok, figures } = await describe();
      this.#ok.set({ part }, Number(ok));
      for (const [figure, value] of Object.entries(figures))
        this.#figures.get(figure as Figure)?.set({ part }, value);
    }
    return this.registry.metrics();
  }

  /** The chain, with its calls counted. Names that are no method share one label. */
  counted(path: string, served: Served): Served {
    const chain = path.slice(1);
    return 'admit' in served
      ? { admit: (caller) => this.#watched(chain, served.admit(caller)) }
      : this.#watched(chain, served);
  }

  #watched(chain: string, view: ChainView): ChainView {
    const { onHead, onLogs, onPending, mayFollow } = view;
    return {
      ...(onHead && { onHead: onHead.bind(view) }),
      ...(onLogs && { onLogs: onLogs.bind(view) }),
      ...(onPending && { onPending: onPending.bind(view) }),
      ...(mayFollow && { mayFollow: mayFollow.bind(view) }),
      request: async (method, params) => {
        const end = this.#calls.startTimer({ chain });
        try {
          const result = await view.request(method, params);
          end({ method, outcome: 'ok' });
          return result;
        } catch (error) {
          const unknown = error instanceof RpcError && error.code === METHOD_NOT_FOUND;
          end({ method: unknown ? 'unknown' : method, outcome: 'error' });
          throw error;
        }
      },
    };
  }

  answered(service: string, status: number, seconds: number): void {
    this.#requests.observe({ service, status: String(status) }, seconds);
  }
}
