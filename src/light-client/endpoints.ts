/** Why an endpoint was left for another. */
export type Fault = 'dead' | 'slow' | 'behind' | 'false';

/** Milliseconds for which a fault puts an endpoint behind the others: the first time, and at most. */
const PENALTY: Record<Fault, [first: number, most: number]> = {
  dead: [1_000, 30_000],
  slow: [2_000, 60_000],
  behind: [10_000, 120_000],
  false: [600_000, 7_200_000],
};

interface Endpoint {
  /** Faults in a row; a lie is never forgotten. */
  strikes: number;
  lies: number;
  /** Comes after the others until then. */
  until: number;
  /** Milliseconds to the first byte, smoothed; unknown before the first answer. */
  latency: number | undefined;
}

/**
 * The order in which the endpoints of one chain are asked: that of the profile, but whoever failed, lagged or was
 * proven false comes last for a while, longer each time, and is then tried again.
 */
export class Endpoints {
  readonly #list: Endpoint[];

  /** @param now milliseconds that never go back */
  constructor(
    count: number,
    private readonly now: () => number,
  ) {
    this.#list = Array.from({ length: count }, () => ({ strikes: 0, lies: 0, until: 0, latency: undefined }));
  }

  order(): number[] {
    const now = this.now();
    const rank = ({ until }: Endpoint) => (until > now ? until : 0);
    return this.#list
      .map((_, index) => index)
      .toSorted((a, b) => rank(this.#list[a]!) - rank(this.#list[b]!));
  }

  answered(index: number, milliseconds: number): void {
    const endpoint = this.#list[index]!;
    const { latency = milliseconds } = endpoint;
    endpoint.latency = latency + 0.3 * (milliseconds - latency);
    endpoint.strikes = 0;
  }

  failed(index: number, fault: Fault): void {
    const endpoint = this.#list[index]!;
    const [first, most] = PENALTY[fault];
    const before = fault === 'false' ? endpoint.lies++ : endpoint.strikes++;
    endpoint.until = Math.max(endpoint.until, this.now() + Math.min(most, first * 2 ** before));
  }

  /** Whether nothing is held against the endpoint that is asked next. */
  get clean(): boolean {
    return this.#list.some(({ until }) => until <= this.now());
  }

  /** Milliseconds of silence after which the next one is asked as well: unusual for this one, so rare when all is well. */
  patience(index: number, least: number): number {
    return Math.min(3000, Math.max(least, 4 * (this.#list[index]!.latency ?? 0)));
  }
}
