import { connect, type Socket } from 'node:net';

/** One HTTP answer as it came over the socket. */
export interface Reply {
  status: number;
  headers: Map<string, string>;
  body: string;
}

/** Milliseconds after which no answer is one that will never come. */
const PATIENCE = 60_000;

/** One keep-alive connection that sends bytes as they are given: no client library would send these. */
export class Wire {
  readonly #port: number;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /**
   * Sends, and reads so many answers; fewer when the peer ends the connection before.
   *
   * @throws when none comes in time
   */
  async exchange(bytes: Uint8Array, replies: number, bodiless = false): Promise<Reply[]> {
    const kept = this.#socket;
    const got = await this.#attempt(bytes, replies, bodiless);
    // The peer may end a connection that was idle at any moment: only a new one tells (RFC 9112 §9.3.1).
    return kept && got.length === 0 && replies > 0 ? this.#attempt(bytes, replies, bodiless) : got;
  }

  async #attempt(bytes: Uint8Array, replies: number, bodiless: boolean): Promise<Reply[]> {
    if (this.#socket?.destroyed) this.close();
    const socket = (this.#socket ??= this.#open());
    socket.write(bytes);
    const got: Reply[] = [];
    const until = Date.now() + PATIENCE;
    while (got.length < replies) {
      const parsed = parseReply(this.#received, socket.destroyed, bodiless);
      if (parsed) {
        got.push(parsed.reply);
        this.#received = this.#received.subarray(parsed.end);
        if (parsed.reply.headers.get('connection') === 'close') break;
      } else if (socket.destroyed) break;
      else await this.#more(until - Date.now());
    }
    if (got.length < replies || got.at(-1)?.headers.get('connection') === 'close') this.close();
    return got;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#received = Buffer.alloc(0);
  }

  #open(): Socket {
    this.#received = Buffer.alloc(0);
    const socket = connect(this.#port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('data', (part: Buffer) => {
      if (this.#socket !== socket) return;
      this.#received = this.#received.length > 0 ? Buffer.concat([this.#received, part]) : part;
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.#wake());
    return socket;
  }

  async #more(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#wake = resolve;
      timer = setTimeout(() => reject(new Error('no answer, and the connection stays open')), milliseconds);
    });
    clearTimeout(timer);
  }
}

/** Undefined while the answer is not whole. `ended`: what has no length is whole when the connection is. */
function parseReply(
  bytes: Buffer,
  ended: boolean,
  bodiless: boolean,
): { reply: Reply; end: number } | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, head).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  if (!status) throw new Error(`not an HTTP answer: ${first.slice(0, 200)}`);
  const headers = new Map(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name.toLowerCase(), value.join(':').trim()];
    }),
  );
  const begin = head + 4;
  const whole = (end: number, body: string) => ({ reply: { status, headers, body }, end });
  const length = headers.get('content-length');
  if (bodiless || status === 204 || status === 304 || status === 101) return whole(begin, '');
  if (length !== undefined) {
    const end = begin + Number(length);
    return bytes.length < end ? undefined : whole(end, bytes.toString('utf8', begin, end));
  }
  if (headers.get('transfer-encoding') === 'chunked') return chunked(bytes, begin, whole);
  return ended || headers.get('connection') === 'close'
    ? whole(bytes.length, bytes.toString('utf8', begin))
    : undefined;
}

function chunked<T>(bytes: Buffer, begin: number, whole: (end: number, body: string) => T): T | undefined {
  const parts: Buffer[] = [];
  for (let at = begin; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    const end = line + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (size === 0) return whole(end, Buffer.concat(parts).toString('utf8'));
    parts.push(bytes.subarray(line + 2, end - 2));
    at = end;
  }
}
