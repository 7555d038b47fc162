import { Hono } from 'hono';
import type { Metrics } from './metrics.ts';
import type { Describe, PartState } from './part-state.ts';
import { VERSION } from './version.ts';

/** What a process says of itself. */
export interface ProcessStatus {
  version: string;
  /** Whether every part does its work. */
  ready: boolean;
  uptimeSeconds: number;
  parts: Record<string, PartState>;
}

export interface OpsParts {
  parts: ReadonlyMap<string, Describe>;
  metrics: Metrics;
  /** False while it starts or ends. */
  serving: () => boolean;
}

/**
 * `GET /livez`: 200 while the process turns; `GET /readyz`: 200 when every part does its work, else 503;
 * `GET /status`: the same in words and figures; `GET /metrics`: for Prometheus.
 */
export function opsRoutes({ parts, metrics, serving }: OpsParts): Hono {
  const begun = Date.now();
  const status = async (): Promise<ProcessStatus> => {
    const states: Record<string, PartState> = {};
    for (const [name, describe] of parts) states[name] = await describe();
    return {
      version: VERSION,
      ready: serving() && Object.values(states).every((state) => state.ok),
      uptimeSeconds: Math.round((Date.now() - begun) / 1000),
      parts: states,
    };
  };
  const app = new Hono();
  app.get('/livez', (context) => context.text('ok'));
  app.get('/readyz', async (context) => {
    const { ready, parts: states } = await status();
    const waiting = Object.entries(states).flatMap(([name, { ok, words }]) =>
      ok ? [] : `${name}: ${words}`,
    );
    return context.json({ ready, waiting }, ready ? 200 : 503);
  });
  app.get('/status', async (context) => context.json(await status()));
  app.get('/metrics', async (context) =>
    context.body(await metrics.text(), 200, { 'content-type': metrics.registry.contentType }),
  );
  return app;
}
