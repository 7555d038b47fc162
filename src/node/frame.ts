import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { HskError } from '../protocol/errors.ts';
import { lockDataDirectory } from './keys/data-lock.ts';
import { refuse } from './refuse.ts';
import type { Report } from './ops/log.ts';
import { Metrics } from './ops/metrics.ts';
import type { Describe } from './ops/part-state.ts';
import { opsRoutes } from './ops/routes.ts';
import { startRpcServer } from './rpc/server.ts';
import type { Served } from './rpc/view.ts';
import type { Service } from './service-context.ts';

export interface FrameOptions {
  dataDir: string;
  /** Default 127.0.0.1. */
  host?: string;
  /** 0 takes a free one. */
  port: number;
  /** Bytes of a request to a service; default 256 KiB. The chains have their own limit. */
  largestBody?: number;
  report: Report;
}

/** What every process of ours stands in: its data directory, its port, and how it ends. */
export interface Frame {
  /** `http://host:port` as reached from here. */
  url: string;
  /** Serves a chain's JSON-RPC at `path` from now on. */
  serve(path: string, chain: Served): void;
  /** Puts a guard before `GET` of a route that services serve; to be called before `complete`. */
  guard(route: string, handler: MiddlewareHandler): void;
  /** Serves a service below `/<name>`. */
  mount(services: Record<string, Service>): void;
  /** How the part of this name is, for `/status`, `/readyz` and `/metrics`. */
  describe(part: string, state: Describe): void;
  /** Everything is served: paths that nobody serves are missing for good. */
  complete(): void;
  /** Steps of the end are taken from the last to the first. */
  atEnd(step: () => Promise<void> | void): void;
  close(): Promise<void>;
}

/** @throws `NODE_DATA_LOCKED`, `RPC_PORT_TAKEN` */
export async function openFrame(options: FrameOptions): Promise<Frame> {
  const { dataDir, host, port, largestBody = 256 * 1024, report } = options;
  const steps: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const step of steps.splice(0).toReversed())
      await Promise.resolve()
        .then(step)
        .catch((error: unknown) => report(`close: ${String(error)}`));
  };
  try {
    const lock = lockDataDirectory(dataDir);
    steps.push(() => lock.release());
    const services: Record<string, Service> = {};
    const guards: [route: string, handler: MiddlewareHandler][] = [];
    const parts = new Map<string, Describe>();
    const metrics = new Metrics(parts);
    let serving = false;
    let routes = starting();
    const app = new Hono();
    app.use(cors({ origin: (_, context) => (isOwnOrigin(services, context.req.path) ? null : '*') }));
    app.use(async (context, next) => {
      const begun = performance.now();
      await next();
      const service = context.req.path.split('/')[1]!;
      if (service in services)
        metrics.answered(service, context.res.status, (performance.now() - begun) / 1000);
    });
    app.route('/', opsRoutes({ parts, metrics, serving: () => serving }));
    const limit = bodyLimit({ maxSize: largestBody, onError: tooLarge(largestBody) });
    app.use((context, next) => {
      const most = services[context.req.path.split('/')[1]!]?.largestBody;
      return most === undefined
        ? limit(context, next)
        : bodyLimit({ maxSize: most, onError: tooLarge(most) })(context, next);
    });
    app.onError((error, context) => refuse(context, error));
    app.all('*', (context) => routes.fetch(context.req.raw, context.env));
    const chains: Record<string, Served> = {};
    const server = await startRpcServer({ chains, app, port, ...(host !== undefined && { host }) });
    return {
      url: reachable(server.url),
      serve: (path, chain) => {
        chains[path] = metrics.counted(path, chain);
      },
      guard: (route, handler) => void guards.push([route, handler]),
      mount: (added) => void Object.assign(services, added),
      describe: (part, state) => void parts.set(part, state),
      complete: () => {
        routes = compose(services, guards);
        serving = true;
      },
      atEnd: (step) => void steps.push(step),
      close: async () => {
        // Whoever asks is answered while all parts still work.
        serving = false;
        await server.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function compose(
  services: Record<string, Service>,
  guards: readonly [route: string, handler: MiddlewareHandler][],
): Hono {
  const app = new Hono();
  for (const [route, handler] of guards) app.get(route, handler);
  app.get('/', (context) => context.json({ services: Object.keys(services).map((name) => `/${name}`) }));
  for (const [name, { app: routes }] of Object.entries(services)) app.route(`/${name}`, routes);
  app.notFound((context) =>
    refuse(
      context,
      new HskError('NODE_NO_SUCH_ROUTE', 'There is nothing at this path', {
        details: `${context.req.method} ${context.req.path}`,
      }),
      { NODE_NO_SUCH_ROUTE: 404 },
    ),
  );
  return app;
}

/** Whether a service keeps what is at this path to pages of its own. */
function isOwnOrigin(services: Readonly<Record<string, Service>>, path: string): boolean {
  const [, service = '', route = ''] = path.split('/');
  return Object.hasOwn(services, service) && services[service]!.ownOrigin?.includes(route) === true;
}

function starting(): Hono {
  const app = new Hono();
  app.all('*', (context) =>
    refuse(
      context,
      new HskError('NODE_STARTING', 'This node is starting', { action: 'Ask again in a moment.' }),
      { NODE_STARTING: 503 },
    ),
  );
  return app;
}

function tooLarge(most: number): (context: Context) => Response {
  return (context) => {
    const error = new HskError('NODE_BODY_TOO_LARGE', 'The body is longer than any service takes', {
      details: `more than ${most} bytes`,
    });
    return refuse(context, error, { NODE_BODY_TOO_LARGE: 413 });
  };
}

/** An address that listens everywhere is reached, from here, at the loopback. */
function reachable(url: string): string {
  return url.replace('://0.0.0.0:', '://127.0.0.1:').replace('://[::]:', '://127.0.0.1:');
}
