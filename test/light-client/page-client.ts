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

let kept: ReturnType<typeof connectLightClient> | undefined;
let status: LightClientStatus | undefined;

/** Runs in the page: follows on, and resolves once live. */
export async function watch(profileJson: string): Promise<void> {
  const client = (kept = connectLightClient());
  await new Promise<void>((resolve) => {
    void client.subscribe((seen) => {
      status = seen;
      if (seen.phase === 'live') resolve();
    });
    void client.start(parseProfile(JSON.parse(profileJson)));
  });
}

/** What the page sees now. */
export function seen(): { phase?: string; head: string; error?: string } {
  return {
    ...(status && { phase: status.phase }),
    head: String(status?.heads.attested?.hash),
    ...(status?.error && { error: status.error.code }),
  };
}

export async function balance(address: `0x${string}`): Promise<string> {
  return String((await kept!.read({ kind: 'account', address })).value.balance);
}

export async function send(raw: string): Promise<unknown> {
  return kept!.request({ method: 'eth_sendRawTransaction', params: [raw] });
}
