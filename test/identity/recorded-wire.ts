/** One request and its answer, as bytes that anybody on the way or at the other end may keep. */
export interface Exchange {
  method: string;
  path: string;
  /** Method, address, headers and body. */
  request: Buffer;
  /** Headers and body. */
  response: Buffer;
}

/** Everything that a holder's clients send and receive. */
export class RecordedWire {
  readonly exchanges: Exchange[] = [];

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const sent = [`${request.method} ${request.url}`, ...lines(request.headers)].join('\n');
    const body = Buffer.from(await request.clone().arrayBuffer());
    // Node's server ends a kept connection after five idle seconds, perhaps while a question is on its way.
    const response = await fetch(request.clone()).catch(() => fetch(request));
    const answer = Buffer.from(await response.clone().arrayBuffer());
    this.exchanges.push({
      method: request.method,
      path: new URL(request.url).pathname,
      request: Buffer.concat([Buffer.from(`${sent}\n`), body]),
      response: Buffer.concat([Buffer.from(`${lines(response.headers).join('\n')}\n`), answer]),
    });
    return response;
  };

  /** What went over during `work`. */
  async during<T>(work: () => Promise<T>): Promise<{ result: T; exchanges: Exchange[] }> {
    const from = this.exchanges.length;
    const result = await work();
    return { result, exchanges: this.exchanges.slice(from) };
  }
}

function lines(headers: Headers): string[] {
  return [...headers].map(([name, value]) => `${name}: ${value}`);
}

/** How a number may be spelled: decimal, hexadecimal, bytes in either order, base64 of them. */
export function spellings(value: bigint, size = 32): Buffer[] {
  const bytes = Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex');
  const reversed = Buffer.from(bytes.toReversed());
  const texts = [
    value.toString(),
    value.toString(16),
    value.toString(16).toUpperCase(),
    ...[bytes, reversed].flatMap((each) => [each.toString('base64url'), each.toString('base64')]),
    reversed.toString('hex'),
  ];
  return [bytes, reversed, ...texts.map((text) => Buffer.from(text))];
}

/** How a text may be spelled. */
export function textSpellings(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  return [
    bytes,
    Buffer.from(text.toLowerCase()),
    Buffer.from(text.toUpperCase()),
    Buffer.from(encodeURIComponent(text)),
    Buffer.from(bytes.toString('hex')),
    // In the middle of something longer base64 is read from any of three places; the last characters depend on what follows.
    ...[0, 1, 2].map((skip) =>
      Buffer.from(
        Buffer.concat([Buffer.alloc(skip), bytes])
          .toString('base64')
          .slice(skip === 0 ? 0 : skip + 1, -4),
      ),
    ),
  ];
}

/** Which of some values stand in bytes. */
export function found(values: Record<string, readonly Buffer[]>, bytes: Buffer): string[] {
  return Object.entries(values)
    .filter(([, each]) => each.some((spelling) => bytes.includes(spelling)))
    .map(([name]) => name);
}

/**
 * The values by which two records could be matched: every window of 32 bytes in hexadecimal, whatever its place, and
 * long numbers. Bloom filters and padding are mostly zeros and say nothing.
 */
export function valuesIn(bytes: Buffer): Set<string> {
  const text = bytes.toString('latin1');
  const values = new Set<string>();
  const add = (hex: string) => {
    const word = hex.toLowerCase().padStart(64, '0');
    if ((word.match(/../g) ?? []).filter((byte) => byte !== '00').length >= TELLING) values.add(`0x${word}`);
  };
  for (const [, hex = ''] of text.matchAll(/0x([0-9a-f]{16,})/gi)) {
    if (hex.length <= 64) add(hex);
    else for (let at = 0; at + 64 <= hex.length; at += 2) add(hex.slice(at, at + 64));
  }
  for (const [decimal] of text.matchAll(/\d{20,}/g)) add(BigInt(decimal).toString(16));
  return values;
}

/** Bytes that are not zero: fewer are no identity. */
const TELLING = 8;

/** As `valuesIn` spells it. */
export function asWord(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`;
}
