/** Most peers that are remembered; the ones that asked longest ago are forgotten. */
const PEERS = 10_000;

/** A bucket of attempts for each peer, refilled over time. */
export class RateLimit {
  readonly #buckets = new Map<string, { left: number; at: number }>();

  /** @param burst attempts at once. @param perSecond attempts that come back each second */
  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
  ) {}

  /** Takes one; false when the peer has none left. @param now seconds since 1970 */
  take(peer: string, now: number): boolean {
    const before = this.#buckets.get(peer) ?? { left: this.burst, at: now };
    const left = Math.min(this.burst, before.left + Math.max(0, now - before.at) * this.perSecond);
    this.#buckets.delete(peer);
    this.#buckets.set(peer, { left: left >= 1 ? left - 1 : left, at: now });
    for (const old of this.#buckets.keys()) {
      if (this.#buckets.size <= PEERS) break;
      this.#buckets.delete(old);
    }
    return left >= 1;
  }
}
