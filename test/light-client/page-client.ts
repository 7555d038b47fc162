import { connectLightClient } from '../../src/light-client/connect.ts';
import type { LightClientStatus } from '../../src/light-client/light-client-api.ts';
import { parseProfile } from '../../src/protocol/profile.ts';

/** Runs in the page: follows until live; tells the head and a proven balance as the page sees them. */
export async function follow(
  profileJson: string,
  address: `0x${string}`,
): Promise<{ head: string; balance: string; rung: string }> {
  const client = connectLightClient();
  const live = new Promise<LightClientStatus>((resolve) => {
    void client.subscribe((status) => {
      if (status.phase === 'live') resolve(status);
    });
  });
  await client.start(parseProfile(JSON.parse(profileJson)));
  const status = await live;
  const { value, rung } = await client.read({ kind: 'account', address });
  client.terminate();
  return { head: String(status.heads.attested?.hash), balance: String(value.balance), rung };
}
