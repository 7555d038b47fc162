import { Hono } from 'hono';
import { HskError } from '../../protocol/errors.ts';
import { refuse } from '../refuse.ts';
import { createMemberRoutes, type MemberRouteOptions } from './member-routes.ts';

/** The members of one process: each below its index, `/<i>/get/<commitment>` and so on. */
export function createCommitteeRoutes(members: readonly MemberRouteOptions[]): Hono {
  const app = new Hono();
  members.forEach((member, index) => app.route(`/${index}`, createMemberRoutes(member)));
  app.all('/:index/*', (context) => {
    const error = new HskError(
      'COMMITTEE_NO_SUCH_MEMBER',
      'There is no such committee member, or it has no such path',
      {
        details: context.req.path.slice(0, 200),
        action: `Ask one of 0 to ${members.length - 1}.`,
      },
    );
    return refuse(context, error, { COMMITTEE_NO_SUCH_MEMBER: 404 });
  });
  return app;
}
