import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { HskError } from '../../protocol/errors.ts';
import { refuse } from '../refuse.ts';
import { createMemberRoutes, type MemberRouteOptions } from './member-routes.ts';

export interface ServeMemberOptions extends MemberRouteOptions {
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** 0 takes a free one. */
  port: number;
}

export interface ServedMember {
  /** `http://host:port`, no slash at the end. */
  url: string;
  close(): Promise<void>;
}

/** One member behind a port of its own. @throws `RPC_PORT_TAKEN` */
export async function serveMember({
  host = '127.0.0.1',
  port,
  ...routes
}: ServeMemberOptions): Promise<ServedMember> {
  const app = new Hono();
  app.route('/', createMemberRoutes(routes));
  app.notFound((context) =>
    refuse(
      context,
      new HskError('COMMITTEE_NO_ROUTE', 'A committee member has nothing at this path', {
        details: `${context.req.method} ${context.req.path.slice(0, 200)}`,
      }),
      { COMMITTEE_NO_ROUTE: 404 },
    ),
  );
  const server = await listen(app, host, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

function listen(app: Hono, hostname: string, port: number): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname, port }, () => resolve(server));
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new HskError('RPC_PORT_TAKEN', 'Another program listens on this port', {
              details: `${hostname}:${port}`,
              action: 'Choose another --port.',
              cause,
            })
          : cause,
      ),
    );
  });
}
