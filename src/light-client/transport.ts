import { HskError, toHskError } from '../protocol/errors.ts';
import { Endpoints } from './endpoints.ts';

/** Where JSON-RPC answers come from. Whatever it returns is a claim: callers parse and prove it. */
export interface Transport {
  /**
   * @throws `RPC_ERROR` when the answer was an error, `SESSION_NEEDED` when it was that nobody signed in; where every endpoint failed in the same way
   * `TRANSPORT_TIMEOUT`, `TRANSPORT_STATUS` (HTTP), `TRANSPORT_ANSWER_SIZE`, `TRANSPORT_NOT_JSON` or
   * `TRANSPORT_ANSWER_INVALID` (not an answer to this question), else `TRANSPORT_UNREACHABLE`.
   */
  request(method: string, params: readonly unknown[]): Promise<unknown>;
  /**
   * The last answer was proven false, or older than what others showed: other endpoints come first for a while. Tells
   * whether there is one that nothing is held against, so that asking again makes sense.
   */
  distrust?(fault: 'false' | 'behind'): boolean;
}

export interface HttpTransportOptions {
  /** Milliseconds of silence after which a request counts as failed; nothing new is begun after as long. */
  timeout?: number;
  /** Milliseconds of silence, at least, after which the next endpoint is asked as well. */
  hedge?: number;
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
  /** Milliseconds that never go back. */
  now?: () => number;
}

interface Call {
  method: string;
  params: readonly unknown[];
  /** Its answer, once an endpoint gave one. */
  answer?: { result: unknown };
  /** An endpoint refused it; another may still answer. */
  refusal?: HskError;
  resolve(value: unknown): void;
  reject(error: HskError): void;
}

/** A session is the business of the one endpoint that it is signed for. */
const isBound = ({ method }: Call) => method.includes('Session');

/**
 * JSON-RPC 2.0 over HTTP POST. Calls made in the same turn travel in one batch to one endpoint; another is asked as well
 * only once that one is silent for longer than usual, and the first answer wins. See `Endpoints` for the order.
 */
export function httpTransport(urls: readonly string[], options: HttpTransportOptions = {}): Transport {
  const { timeout = 5_000, hedge = 400, rounds = 2, backoff = 250, batchSize = 64 } = options;
  const { answerLimit = 64 << 20, random = Math.random, now = () => performance.now() } = options;
  const post = options.fetch ?? ((input, init) => fetch(input, init));
  const endpoints = new Endpoints(urls.length, now);
  /** Who gave the last answer; undefined once it was left for that. */
  let last: number | undefined;
  let nextId = 1;
  let queue: Call[] = [];

  const flush = () => {
    const calls = queue;
    queue = [];
    for (const bound of [false, true]) {
      const group = calls.filter((call) => isBound(call) === bound);
      for (let start = 0; start < group.length; start += batchSize)
        void deliver(group.slice(start, start + batchSize), bound);
    }
  };

  /** The answers in the order of the calls; `undefined` where there is none. */
  const exchange = async (
    index: number,
    calls: Call[],
    signal: AbortSignal,
    heard: () => void,
  ): Promise<unknown[]> => {
    const url = urls[index] ?? '';
    const first = nextId;
    nextId += calls.length;
    const body = calls.map(({ method, params }, position) => ({
      jsonrpc: '2.0',
      id: first + position,
      method,
      params,
    }));
    const authorization = options.authorization?.(url);
    const begun = now();
    const response = await post(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify(calls.length === 1 ? body[0] : body),
      signal,
    });
    heard();
    if (!response.ok)
      throw new HskError('TRANSPORT_STATUS', 'The endpoint refused the request', {
        details: `HTTP ${response.status} from ${url}`,
      });
    const silent = now() - begun;
    const answers = parseJson(await readText(response, answerLimit, url, heard), url);
    endpoints.answered(index, silent);
    const byPosition = calls.map((): unknown => undefined);
    for (const answer of Array.isArray(answers) ? answers : [answers]) {
      const id = isRecord(answer) ? answer.id : undefined;
      if (typeof id === 'number' && Object.hasOwn(byPosition, id - first)) byPosition[id - first] = answer;
    }
    return byPosition;
  };

  /** One round: endpoint after endpoint until every call has its answer. */
  const race = (calls: Call[], order: number[], until: number, failures: HskError[]): Promise<void> =>
    new Promise((done) => {
      const running = new Map<number, AbortController>();
      const asked: number[] = [];
      let silence: ReturnType<typeof setTimeout> | undefined;
      const open = () => calls.filter(({ answer }) => !answer);
      const askNext = () => {
        const index = now() < until ? order.shift() : undefined;
        if (index === undefined) return;
        const attempt = new AbortController();
        running.set(index, attempt);
        asked.push(index);
        let giveUp: ReturnType<typeof setTimeout>;
        const heard = (limit = timeout) => {
          clearTimeout(giveUp);
          giveUp = setTimeout(() => attempt.abort(new DOMException('silent', 'TimeoutError')), limit);
          clearTimeout(silence);
          silence = setTimeout(askNext, endpoints.patience(index, hedge));
        };
        heard(Math.max(hedge, until - now()));
        const questions = open();
        exchange(index, questions, attempt.signal, heard)
          .then((answers) => {
            if (!running.has(index)) return;
            questions.forEach((call, position) => settle(call, answers[position]));
            if (answers.some(isRecord)) last = index;
            const unheard = questions.filter((call, at) => !call.answer && !isRecord(answers[at]));
            if (unheard.length > 0) throw unanswered(unheard, urls[index] ?? '');
          })
          .catch((error: unknown) => {
            if (!running.has(index)) return;
            failures.push(failure(error));
            endpoints.failed(index, 'dead');
          })
          .finally(() => {
            clearTimeout(giveUp);
            if (!running.delete(index)) return;
            if (open().length === 0) return finish(asked.indexOf(index));
            // A refusal is an answer, once nobody else is being asked who might know better.
            const waits = open().some(({ refusal }) => refusal?.code !== 'RPC_ERROR');
            if (running.size === 0 && waits) askNext();
            if (running.size === 0) finish(0);
          });
      };
      /** Those who were asked before the winner and still say nothing are slow. */
      const finish = (winner: number) => {
        clearTimeout(silence);
        for (const [index, attempt] of running) {
          if (asked.indexOf(index) < winner) endpoints.failed(index, 'slow');
          attempt.abort();
        }
        running.clear();
        done();
      };
      askNext();
    });

  const deliver = async (calls: Call[], bound: boolean) => {
    const until = now() + timeout;
    const failures: HskError[] = [];
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await pause(backoff * 2 ** (round - 1) * (0.75 + random() / 2));
      const open = calls.filter(({ answer, refusal }) => !answer && !refusal);
      await race(open, bound ? [0] : endpoints.order(), until, failures);
      if (calls.every(({ answer, refusal }) => answer || refusal) || now() >= until) break;
    }
    const error = summary(failures, urls);
    for (const call of calls)
      if (call.answer) call.resolve(call.answer.result);
      else call.reject(call.refusal ?? error);
  };

  return {
    request: (method, params) =>
      new Promise((resolve, reject) => {
        if (queue.length === 0) queueMicrotask(flush);
        queue.push({ method, params, resolve, reject });
      }),
    // Answers that fail together leave their endpoint once.
    distrust: (fault) => {
      const left = last;
      if (left !== undefined) endpoints.failed(left, fault);
      last = undefined;
      return endpoints.clean || (fault === 'behind' && endpoints.order()[0] !== left);
    },
  };
}

/** The endpoint is not where the others are; nothing it said was false. */
const BEHIND = /_BEHIND$|_STALE$|^HEADER_MISSING$/;
/** The endpoint claimed nothing that is false; it may have shown that those who sign contradict themselves. */
const NO_LIE =
  /^TRANSPORT_|_PENDING$|_TURNS$|^(RPC_ERROR|SESSION_NEEDED|HEADS_MISSING|BLOCK_NOT_ATTESTED|BODY_PRIVATE|CHECKPOINT_OLD|CHAIN_FORK|ATTESTATION_EQUIVOCATION|ANCHOR_CONFLICT)$/;
/** One endpoint answers for one error, whoever catches it on its way. */
const blamed = new WeakSet<HskError>();

/** Other endpoints come first from now on, where the error says that this one's word was bad. True: ask again. */
export function distrust(transport: Pick<Transport, 'distrust'>, error: unknown): boolean {
  const { code } = toHskError(error);
  if (NO_LIE.test(code)) return false;
  if (error instanceof HskError) {
    if (blamed.has(error)) return false;
    blamed.add(error);
  }
  return transport.distrust?.(BEHIND.test(code) ? 'behind' : 'false') ?? false;
}

/** Asks until what is answered holds, or no endpoint is left that may know better; at most so many times. */
export async function insist<T>(
  transport: Pick<Transport, 'distrust'>,
  ask: () => Promise<T>,
  times = 4,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!distrust(transport, error) || times <= 1) throw error;
    return insist(transport, ask, times - 1);
  }
}

/** The body as text. @throws `TRANSPORT_ANSWER_SIZE` as soon as it is longer than allowed */
async function readText(response: Response, limit: number, url: string, heard: () => void): Promise<string> {
  const decoder = new TextDecoder();
  if (!response.body) return '';
  const reader = response.body.getReader();
  let text = '';
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    heard();
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
  // False only where there is no network at all.
  if (globalThis.navigator?.onLine === false)
    return new HskError('TRANSPORT_OFFLINE', 'This device is offline', {
      action: 'The client goes on by itself as soon as it is back.',
      cause: last,
    });
  if (last && last.code !== 'TRANSPORT_FAILED' && failures.every(({ code }) => code === last.code))
    return last;
  return new HskError('TRANSPORT_UNREACHABLE', 'No endpoint of the chain answered', {
    details: urls.join(', '),
    action: 'Check the network connection; the client keeps trying by itself.',
    cause: last,
  });
}

/** An answer without a record is left for the next endpoint; a refusal is kept until nobody answers better. */
function settle(call: Call, answer: unknown): void {
  if (call.answer || !isRecord(answer)) return;
  if (answer.error === undefined || answer.error === null) {
    call.answer = { result: answer.result };
    return;
  }
  const { code, message } = isRecord(answer.error) ? answer.error : {};
  call.refusal = new HskError(
    code === -32001 ? 'SESSION_NEEDED' : 'RPC_ERROR',
    `The chain's endpoint refused ${call.method}`,
    {
      details: `${typeof code === 'number' ? `${code} ` : ''}${typeof message === 'string' ? message.slice(0, 500) : ''}`,
    },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
