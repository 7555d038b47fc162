import { connect, type Socket } from 'node:net';

/**
 * One kept-alive HTTP/1.1 connection for JSON-RPC, a call at a time. Node's own client costs as much as the
 * node under load spends on a transfer, and both share this machine.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #head: string;
  #buffer: Buffer = Buffer.alloc(0);
  #waiting: { resolve(body: string): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket, { host, pathname }: URL) {
    this.#socket = socket;
    this.#head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: `;
    socket.setNoDelay(true);
    socket.on('data', (part: Buffer) => this.#take(part));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the node closed the connection')));
  }

  static async open(url: string): Promise<Connection> {
    const target = new URL(url);
    const socket = connect(Number(target.port), target.hostname);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket, target);
  }

  /** @throws what the chain answers as an error */
  async call<T>(method: string, params: unknown[]): Promise<T> {
    const body = `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${JSON.stringify(params)}}`;
    const text = await new Promise<string>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(`${this.#head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
    const { result, error } = JSON.parse(text) as { result: T; error?: { message: string } };
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(part: Buffer): void {
    this.#buffer = this.#buffer.length > 0 ? Buffer.concat([this.#buffer, part]) : part;
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = /content-length: (\d+)/i.exec(this.#buffer.toString('latin1', 0, end))?.[1];
    if (length === undefined) return this.#waiting?.reject(new Error('an answer without content-length'));
    const whole = end + 4 + Number(length);
    if (this.#buffer.length < whole) return;
    const body = this.#buffer.toString('utf8', end + 4, whole);
    this.#buffer = this.#buffer.subarray(whole);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(body);
  }
}
