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

/**
 * Runs in the page: reads slot 2 of a contract by calls, and ends the EVM's worker before the last of them. `evms`
 * counts the workers of the EVM that there were before the first call, after two of them, and in the end.
 */
export async function callThrice(
  profileJson: string,
  to: `0x${string}`,
): Promise<{ values: unknown[]; evms: number[]; refused: string | undefined }> {
  const workers: Worker[] = [];
  const client = connectLightClient({
    createEvmWorker: () => {
      const worker = new Worker(new URL('../../workers/evm.worker.ts', import.meta.url), { type: 'module' });
      workers.push(worker);
      return worker;
    },
  });
  await client.start(parseProfile(JSON.parse(profileJson)));
  const code = '0x60025460005260206000f3';
  const params = [{ to }, 'latest', { [to]: { code } }];
  await client.read({ kind: 'account', address: to });
  const evms = [workers.length];
  const values = [];
  for (let count = 0; count < 2; count++) values.push(await client.request({ method: 'eth_call', params }));
  evms.push(workers.length);
  workers[0]!.terminate();
  values.push(await client.request({ method: 'eth_call', params }));
  evms.push(workers.length);
  // A revert crosses both workers whole.
  const reverting = [{ to }, 'latest', { [to]: { code: '0x60006000fd' } }];
  const refused = await client.request({ method: 'eth_call', params: reverting }).then(
    () => undefined,
    (error: { code: string }) => error.code,
  );
  client.terminate();
  return { values, evms, refused };
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
