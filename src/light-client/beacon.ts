import type { Hex } from 'viem';
import { HskError, toHskError } from '../protocol/errors.ts';
import { list, object, type Parser } from '../protocol/parse.ts';
import {
  fromBeaconJson,
  parseBootstrap,
  parseSyncUpdate,
  type SyncBootstrap,
  type SyncUpdate,
} from '../protocol/sync-update.ts';
import { Endpoints } from './endpoints.ts';

/** Where light-client answers of the beacon chain come from. Each is parsed, and a claim until it is proven. */
export interface Beacon {
  bootstrap(root: Hex): Promise<SyncBootstrap>;
  /** Of consecutive periods; fewer than asked where the endpoint has no more. */
  updates(startPeriod: number, count: number): Promise<SyncUpdate[]>;
  finality(): Promise<SyncUpdate>;
  /** See `Transport.distrust`. */
  distrust(fault: 'false' | 'behind'): boolean;
}

export interface HttpBeaconOptions {
  /** Milliseconds until an unanswered request counts as failed. */
  timeout?: number;
  /** Bytes of one answer; 128 updates of 512 keys are about 7 MB. */
  answerLimit?: number;
  fetch?: typeof fetch;
  /** Milliseconds that never go back. */
  now?: () => number;
}

const ROUTE = '/eth/v1/beacon/light_client';

/** `{ version, data }` as the beacon API wraps its answers; the fork is known by the slot, not by the peer's word. */
function wrapped<T>(parser: Parser<T>): Parser<T> {
  const wrapper = object<{ data: T }>({ data: (value, path) => parser(fromBeaconJson(value), path) });
  return (value, path) => wrapper(value, path).data;
}

/** The beacon API over HTTP, JSON, of the first endpoint that answers. */
export function httpBeacon(urls: readonly string[], options: HttpBeaconOptions = {}): Beacon {
  const { timeout = 20_000, answerLimit = 16 << 20, now = () => performance.now() } = options;
  const get = options.fetch ?? ((input, init) => fetch(input, init));
  const endpoints = new Endpoints(urls.length, now);
  /** Who gave the last answer; undefined once it was left for that. */
  let last: number | undefined;

  const ask = async <T>(route: string, parser: Parser<T>): Promise<T> => {
    let failed: HskError | undefined;
    for (const index of endpoints.order()) {
      const url = urls[index]!;
      const begun = now();
      try {
        const response = await get(`${url}${ROUTE}/${route}`, {
          headers: { accept: 'application/json' },
          signal: AbortSignal.timeout(timeout),
        });
        if (!response.ok)
          throw new HskError('TRANSPORT_STATUS', 'The beacon endpoint refused the request', {
            details: `HTTP ${response.status} from ${url}`,
          });
        const answer = parser(await readJson(response, answerLimit, url), 'answer');
        endpoints.answered(index, now() - begun);
        last = index;
        return answer;
      } catch (error) {
        failed = failure(error);
        endpoints.failed(index, 'dead');
      }
    }
    throw new HskError(failed?.code ?? 'TRANSPORT_UNREACHABLE', 'No beacon endpoint gave an answer', {
      details: `${route.split('?')[0]} from ${urls.join(', ')}${failed ? `: ${failed.shortMessage}` : ''}`,
      action: 'Check the network connection; the client keeps trying by itself.',
      cause: failed,
    });
  };

  return {
    bootstrap: (root) => ask(`bootstrap/${root}`, wrapped(parseBootstrap)),
    updates: (startPeriod, count) =>
      ask(`updates?start_period=${startPeriod}&count=${count}`, list(wrapped(parseSyncUpdate), count)),
    finality: () => ask('finality_update', wrapped(parseSyncUpdate)),
    distrust(fault) {
      if (last !== undefined) endpoints.failed(last, fault);
      last = undefined;
      return endpoints.clean;
    },
  };
}

/** @throws `TRANSPORT_ANSWER_SIZE` as soon as it is longer than allowed, `TRANSPORT_NOT_JSON` */
async function readJson(response: Response, limit: number, url: string): Promise<unknown> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (const reader = response.body!.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new HskError(
        'TRANSPORT_ANSWER_SIZE',
        "The beacon endpoint's answer is longer than any honest one",
        {
          details: `more than ${limit} bytes from ${url}`,
        },
      );
    }
    parts.push(value);
  }
  try {
    return JSON.parse(await new Blob(parts).text());
  } catch (cause) {
    throw new HskError('TRANSPORT_NOT_JSON', "The beacon endpoint's answer is not JSON, or was cut off", {
      details: `${length} bytes from ${url}`,
      cause,
    });
  }
}

function failure(error: unknown): HskError {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new HskError('TRANSPORT_TIMEOUT', 'The beacon endpoint does not answer', { cause: error });
  return toHskError(error, 'TRANSPORT_UNREACHABLE');
}
