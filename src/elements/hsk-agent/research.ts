import type { CatalogueEntry } from '../../agent/agent-api.ts';
import { HskError, serializeError, type SerializedError } from '../../protocol/errors.ts';

/** Milliseconds between two resources; a person can follow, and pause. */
const PACE = 600;
/** Characters of an answer that are kept to be shown. */
const MOST = 65_536;

/** What a resource said. */
export type Answer = { kind: 'json'; value: unknown } | { kind: 'text'; text: string };

/** The last time a resource was asked for. */
export interface Reading {
  phase: 'busy' | 'read' | 'failed';
  /** Milliseconds since 1970. */
  at: number;
  answer?: Answer | undefined;
  error?: SerializedError | undefined;
}

/**
 * The agent's task: fetches the catalogue's resources one after another, once or over and over. The first
 * failure ends a run, so that nothing is bought in a loop that goes wrong.
 */
export class Research {
  running = false;
  /** Asked to pause; the payment under way is finished first. */
  pausing = false;
  repeat = false;
  /** By URL. */
  readonly readings = new Map<string, Reading>();
  #next = 0;
  #ended = false;

  constructor(
    private readonly fetchResource: (entry: CatalogueEntry) => Promise<Response>,
    private readonly changed: () => void,
  ) {}

  /** True when a run was paused in the middle; `run` goes on from there. */
  get paused(): boolean {
    return !this.running && this.#next > 0;
  }

  /** True while any resource is being asked for. */
  get busy(): boolean {
    return [...this.readings.values()].some(({ phase }) => phase === 'busy');
  }

  async run(entries: readonly CatalogueEntry[]): Promise<void> {
    if (this.running || entries.length === 0) return;
    this.running = true;
    this.pausing = false;
    this.changed();
    if (this.#next >= entries.length) this.#next = 0;
    while (!this.pausing && !this.#ended) {
      if (!(await this.buy(entries[this.#next]!))) break;
      this.#next = (this.#next + 1) % entries.length;
      if (this.#next === 0 && !this.repeat) break;
      await this.#breathe();
    }
    this.running = false;
    this.pausing = false;
    this.changed();
  }

  pause(): void {
    this.pausing = this.running;
    this.changed();
  }

  /** For good: the budget is over, or the element is gone. */
  end(): void {
    this.#ended = true;
    this.pausing = this.running;
  }

  /** Whether it was read. A resource that is being asked for is not asked for again. */
  async buy(entry: CatalogueEntry): Promise<boolean> {
    const known = this.readings.get(entry.url);
    if (known?.phase === 'busy') return false;
    const at = Date.now();
    // The last answer stays until there is a newer one.
    this.#set(entry, { phase: 'busy', at, answer: known?.answer });
    try {
      const response = await this.fetchResource(entry);
      this.#set(entry, { phase: 'read', at, answer: await readAnswer(response) });
      return true;
    } catch (error) {
      this.#set(entry, { phase: 'failed', at, answer: known?.answer, error: serializeError(error) });
      return false;
    }
  }

  #set(entry: CatalogueEntry, reading: Reading): void {
    this.readings.set(entry.url, reading);
    this.changed();
  }

  #breathe(): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, PACE);
    });
  }
}

async function readAnswer(response: Response): Promise<Answer> {
  if (!response.ok)
    throw new HskError('RESOURCE_STATUS', 'The merchant did not hand over the resource', {
      details: `${response.url}: HTTP ${response.status}`,
    });
  const text = await response.text();
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch {
    return { kind: 'text', text: text.slice(0, MOST) };
  }
}
