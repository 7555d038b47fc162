import { HskError, toHskError } from '../protocol/errors.ts';

/** Where JSON-RPC answers come from. Whatever it returns is a claim: callers parse and prove it. */
export interface Transport {
  /**
   * @throws `RPC_ERROR` when the answer was an error, `SESSION_NEEDED` when it was that nobody signed in; where every endpoint failed in the same way
   * `TRANSPORT_TIMEOUT`, `TRANSPORT_STATUS` (HTTP), `TRANSPORT_ANSWER_SIZE`, `TRANSPORT_NOT_JSON` or
   * `TRANSPORT_ANSWER_INVALID` (not an answer to this question), else `TRANSPORT_UNREACHABLE`.
   */
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
  /** Bytes of one HTTP answer; what is longer is not read to its end. */
  answerLimit?: number;
  /** The `Authorization` header for this endpoint, where it has to have one. */
  authorization?: (url: string) => string | undefined;
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
  const { answerLimit = 64 << 20 } = options;
  const post = options.fetch ?? ((input, init) => fetch(input, init));
  let preferred = 0;
  /** The preferred endpoint answered since it became that: only then can it have lied. */
  let answered = false;
  let nextId = 1;
  let queue: Call[] = [];

  const flush = () => {
    const calls = queue;
    queue = [];
    for (let start = 0; start < calls.length; start += batchSize)
      void deliver(calls.slice(start, start + batchSize));
  };

  /** The answers by position; calls that were left unanswered are absent. */
  const exchange = async (url: string, calls: Call[]): Promise<Map<number, unknown>> => {
    const first = nextId;
    nextId += calls.length;
    const body = calls.map((call, index) => ({
      jsonrpc: '2.0',
      id: first + index,
      method: call.method,
      params: call.params,
    }));
    const authorization = options.authorization?.(url);
    const response = await post(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify(calls.length === 1 ? body[0] : body),
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok)
      throw new HskError('TRANSPORT_STATUS', 'The endpoint refused the request', {
        details: `HTTP ${response.status} from ${url}`,
      });
    const answers = parseJson(await readText(response, answerLimit, url), url);
    const byIndex = new Map<number, unknown>();
    for (const answer of Array.isArray(answers) ? answers : [answers]) {
      const id = isRecord(answer) ? answer.id : undefined;
      if (typeof id === 'number') byIndex.set(id - first, answer);
    }
    return byIndex;
  };

  const deliver = async (asked: Call[]) => {
    let calls = asked;
    const failures: HskError[] = [];
    for (let attempt = 0; attempt < urls.length * rounds; attempt++) {
      const round = Math.floor(attempt / urls.length);
      if (round > 0 && attempt % urls.length === 0)
        await pause(backoff * 2 ** (round - 1) * (0.75 + random() / 2));
      const index = (preferred + attempt) % urls.length;
      try {
        const answers = await exchange(urls[index] ?? '', calls);
        calls.forEach((call, position) => settle(call, answers.get(position)));
        const open = calls.filter((_, position) => !isRecord(answers.get(position)));
        if (open.length < calls.length) {
          preferred = index;
          answered = true;
        }
        if (open.length === 0) return;
        calls = open;
        failures.push(unanswered(open, urls[index] ?? ''));
      } catch (error) {
        failures.push(failure(error));
      }
    }
    const error = summary(failures, urls);
    for (const call of calls) call.reject(error);
  };

  return {
    request: (method, params) =>
      new Promise((resolve, reject) => {
        if (queue.length === 0) queueMicrotask(flush);
        queue.push({ method, params, resolve, reject });
      }),
    // Answers that fail together leave their endpoint once.
    distrust: () => {
      if (!answered) return;
      preferred = (preferred + 1) % Math.max(1, urls.length);
      answered = false;
    },
  };
}

/** Asks another endpoint from now on, unless the error says that nothing was claimed. */
export function distrust(transport: Transport, error: unknown): void {
  const { code } = toHskError(error);
  if (!code.startsWith('TRANSPORT_') && code !== 'RPC_ERROR' && code !== 'SESSION_NEEDED')
    transport.distrust?.();
}

/** The body as text. @throws `TRANSPORT_ANSWER_SIZE` as soon as it is longer than allowed */
async function readText(response: Response, limit: number, url: string): Promise<string> {
  const decoder = new TextDecoder();
  if (!response.body) return '';
  const reader = response.body.getReader();
  let text = '';
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new HskError('TRANSPORT_ANSWER_SIZE', "The endpoint's answer is longer than any honest one", {
        details: `more than ${limit} bytes from ${url}`,
        action: 'Use another endpoint of the chain.',
      });
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HskError('TRANSPORT_NOT_JSON', "The endpoint's answer is not JSON, or was cut off", {
      details: `${text.length} characters from ${url}`,
      action: 'Use another endpoint of the chain.',
      cause,
    });
  }
}

function unanswered(calls: readonly Call[], url: string): HskError {
  return new HskError('TRANSPORT_ANSWER_INVALID', 'The endpoint did not answer what it was asked', {
    details: `${calls.map(({ method }) => method).join(', ')} from ${url}`,
    action: 'Use another endpoint of the chain.',
  });
}

function failure(error: unknown): HskError {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new HskError('TRANSPORT_TIMEOUT', 'The endpoint does not answer', {
      action: 'The client keeps trying by itself.',
      cause: error,
    });
  return toHskError(error, 'TRANSPORT_FAILED');
}

/** All that failed alike say why; different failures only have in common that nobody answered. */
function summary(failures: readonly HskError[], urls: readonly string[]): HskError {
  const last = failures.at(-1);
  if (last && last.code !== 'TRANSPORT_FAILED' && failures.every(({ code }) => code === last.code))
    return last;
  return new HskError('TRANSPORT_UNREACHABLE', 'No endpoint of the chain answered', {
    details: urls.join(', '),
    action: 'Check the network connection; the client keeps trying by itself.',
    cause: last,
  });
}

/** An answer without a record is left for the next endpoint. */
function settle(call: Call, answer: unknown): void {
  if (!isRecord(answer)) return;
  if (answer.error !== undefined && answer.error !== null) {
    const { code, message } = isRecord(answer.error) ? answer.error : {};
    return call.reject(
      new HskError(
        code === -32001 ? 'SESSION_NEEDED' : 'RPC_ERROR',
        `The chain's endpoint refused ${call.method}`,
        {
          details: `${typeof code === 'number' ? `${code} ` : ''}${typeof message === 'string' ? message.slice(0, 500) : ''}`,
        },
      ),
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
