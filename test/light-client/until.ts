import assert from 'node:assert/strict';
import type { LightClient } from '../../src/light-client/light-client.ts';
import type { LightClientStatus } from '../../src/light-client/light-client-api.ts';
import { HskError } from '../../src/protocol/errors.ts';

/** The first status that satisfies the test; fails with the last one seen. Milliseconds. */
export function until(
  client: Pick<LightClient, 'subscribe'>,
  test: (status: LightClientStatus) => boolean,
  timeout = 8000,
): Promise<LightClientStatus> {
  return new Promise((resolve, reject) => {
    let last: LightClientStatus | undefined;
    const timer = setTimeout(() => {
      const seen = JSON.stringify(last, (_key, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      reject(new Error(`status never came; last ${seen}`));
    }, timeout);
    void client.subscribe((status) => {
      last = status;
      if (!test(status)) return;
      clearTimeout(timer);
      resolve(status);
    });
  });
}

export const live = ({ phase }: LightClientStatus) => phase === 'live';

/** For `assert.rejects`: a typed error of this code. */
export function refuses(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof HskError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}
