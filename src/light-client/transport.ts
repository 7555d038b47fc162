import { HskError, toHskError } from '../protocol/errors.ts';

/** Where JSON-RPC answers come from. Whatever it returns is a claim: callers parse and prove it. */
export interface Transport {
  /** @throws `TRANSPORT_UNREACHABLE` when nobody answered, `RPC_ERROR` when the answer was an error. */
  request(method: string, params: readonly unknown[]): Promise<unknown>;
  /** The last answer was proven false: ask another endpoint first from now on. */
  distrust?(): void;
}

export interface HttpTransportOptions {
  /** Milliseconds until an unanswered request counts as failed. */
  timeout?: number;
  /** Rounds over all endpoints before giving up. */
  rounds?: number;
  /** Milliseconds before the second round; doubled each round, jittered by half. */
  backoff?: number;
  /** Calls per HTTP request. */
  batchSize?: number;
  fetch?: typeof fetch;
  /** In [0, 1). */
  random?: () => number;
}

interface Call {
  method: string;
  params: readonly unknown[];
  resolve(value: unknown): void;
  reject(error: HskError): void;
}

/**
 * JSON-RPC 2.0 over HTTP POST to the first endpoint that answers. Calls made in the same turn travel in
 * one batch; an endpoint that fails is left for the next, and stays last until another one fails.
 */
export function httpTransport(urls: readonly string[], options: HttpTransportOptions = {}): Transport {
  const { timeout = 10_000, rounds = 2, backoff = 250, batchSize = 64, random = Math.random } = options;
  const post = options.fetch ?? ((input, init) => fetch(input, init));
  let preferred = 0;
  let nextId = 1;
  let queue: Call[] = [];

  const flush = () => {
    const calls = queue;
    queue = [];
    for (let start = 0; start < calls.length; start += batchSize)
      void deliver(calls.slice(start, start + batchSize));
  };

  const exchange = async (url: string, calls: Call[]): Promise<Map<number, unknown>> => {
    const first = nextId;
    nextId += calls.length;
    const body = calls.map((call, index) => ({
      jsonrpc: '2.0',
      id: first + index,
      method: call.method,
      params: call.params,
    }));
    const response = await post(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(calls.length === 1 ? body[0] : body),
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok)
      throw new HskError('TRANSPORT_STATUS', 'The endpoint refused the request', {
        details: `HTTP ${response.status} from ${url}`,
      });
    const answers: unknown = await response.json();
    const byIndex = new Map<number, unknown>();
    for (const answer of Array.isArray(answers) ? answers : [answers]) {
      const id = isRecord(answer) ? answer.id : undefined;
      if (typeof id === 'number') byIndex.set(id - first, answer);
    }
    if (byIndex.size === 0)
      throw new HskError('TRANSPORT_ANSWER_INVALID', 'The endpoint did not answer JSON-RPC', {
        details: url,
      });
    return byIndex;
  };

  const deliver = async (calls: Call[]) => {
    let cause: unknown;
    for (let attempt = 0; attempt < urls.length * rounds; attempt++) {
      const round = Math.floor(attempt / urls.length);
      if (round > 0 && attempt % urls.length === 0)
        await pause(backoff * 2 ** (round - 1) * (0.75 + random() / 2));
      const index = (preferred + attempt) % urls.length;
      try {
        const answers = await exchange(urls[index] ?? '', calls);
        preferred = index;
        calls.forEach((call, position) => settle(call, answers.get(position)));
        return;
      } catch (error) {
        cause = error;
      }
    }
    const unreachable = new HskError('TRANSPORT_UNREACHABLE', 'No endpoint of the chain answered', {
      details: urls.join(', '),
      action: 'Check the network connection; the client keeps trying by itself.',
      cause: toHskError(cause, 'TRANSPORT_FAILED'),
    });
    for (const call of calls) call.reject(unreachable);
  };

  return {
    request: (method, params) =>
      new Promise((resolve, reject) => {
        if (queue.length === 0) queueMicrotask(flush);
        queue.push({ method, params, resolve, reject });
      }),
    distrust: () => {
      preferred = (preferred + 1) % Math.max(1, urls.length);
    },
  };
}

function settle(call: Call, answer: unknown): void {
  if (!isRecord(answer))
    return call.reject(
      new HskError('TRANSPORT_ANSWER_INVALID', 'A call of the batch was left unanswered', {
        details: call.method,
      }),
    );
  if (answer.error !== undefined && answer.error !== null) {
    const { code, message } = isRecord(answer.error) ? answer.error : {};
    return call.reject(
      new HskError('RPC_ERROR', `The chain's endpoint refused ${call.method}`, {
        details: `${typeof code === 'number' ? `${code} ` : ''}${typeof message === 'string' ? message.slice(0, 500) : ''}`,
      }),
    );
  }
  call.resolve(answer.result);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
