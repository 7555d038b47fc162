import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beaconRoot } from '../../../src/protocol/beacon-header.ts';
import { fromBeaconJson, parseBootstrap } from '../../../src/protocol/sync-update.ts';
import { vector } from '../../protocol/vectors.ts';

interface Recorded {
  data: { attested_header: { beacon: { slot: string } } };
}

const folder = 'sync-committee/mainnet-capella';
const SLOTS_PER_PERIOD = 8192;

/** Recorded answers of Ethereum's mainnet: a bootstrap, six periods, the finality update after them. */
export const recorded = {
  bootstrap: vector<unknown>(`${folder}/bootstrap.json`),
  updates: vector<Recorded[]>(`${folder}/updates.json`),
  finality: vector<unknown>(`${folder}/finality.json`),
  optimistic: vector<unknown>(`${folder}/optimistic.json`),
};

/** Root of the block that the recording begins at. */
export const checkpoint = beaconRoot(
  parseBootstrap(fromBeaconJson((recorded.bootstrap as { data: unknown }).data), 'bootstrap').header.beacon,
);

/** Serves the recording as a beacon node would, on this machine; JSON-RPC is answered with nothing. */
export async function serveRecording(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const from = Number(searchParams.get('start_period') ?? 0);
    const period = ({ data }: Recorded) =>
      Math.floor(Number(data.attested_header.beacon.slot) / SLOTS_PER_PERIOD);
    const answers: Record<string, unknown> = {
      updates: recorded.updates.filter((update) => period(update) >= from),
      finality_update: recorded.finality,
      optimistic_update: recorded.optimistic,
      [checkpoint]: recorded.bootstrap,
    };
    const answer = answers[pathname.split('/').at(-1)!];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}
