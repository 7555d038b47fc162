import { Hono } from 'hono';
import { HskError } from '../../protocol/errors.ts';
import { hex } from '../../protocol/parse.ts';
import { refuse } from '../refuse.ts';
import type { Member } from './member.ts';

/**
 * `GET /<i>/get/<commitment>` answers the bytes of a data bundle, `GET /<i>/key` the member's public key and
 * proof of possession. Whoever asks checks keccak of the bytes against the commitment.
 */
export function createCommitteeRoutes(members: readonly Member[]): Hono {
  const app = new Hono();
  const member = (index: string): Member => {
    const found = /^\d{1,3}$/.test(index) ? members[Number(index)] : undefined;
    if (!found)
      throw new HskError('COMMITTEE_NO_SUCH_MEMBER', 'There is no such committee member', {
        details: index,
        action: `Ask one of 0 to ${members.length - 1}.`,
      });
    return found;
  };
  app.onError((error, context) =>
    refuse(context, error, { COMMITTEE_NO_SUCH_MEMBER: 404, COMMITTEE_NO_DATA: 404 }),
  );
  app.get('/:index/key', (context) => context.json(member(context.req.param('index')).key));
  app.get('/:index/get/:commitment', async (context) => {
    const commitment = hex(32)(context.req.param('commitment'), 'commitment');
    const bundle = await member(context.req.param('index')).bundle(commitment);
    if (!bundle)
      throw new HskError('COMMITTEE_NO_DATA', 'This member holds no data under that commitment', {
        details: commitment,
        action: 'Ask another member.',
      });
    return context.body(bundle as Uint8Array<ArrayBuffer>, 200, {
      'content-type': 'application/octet-stream',
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });
  return app;
}
