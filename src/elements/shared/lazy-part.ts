import { serializeError, type SerializedError } from '../../protocol/errors.ts';
import { loadCode } from './load-code.ts';

/** A part of an element whose code arrives when it is first asked for. */
export class LazyPart<T> {
  part: T | undefined;
  error: SerializedError | undefined;
  #loading: Promise<void> | undefined;

  constructor(
    private readonly make: () => Promise<T>,
    private readonly changed: () => void,
  ) {}

  /** What has arrived; asks for it the first time. */
  get(): T | undefined {
    if (!this.part && !this.error) void this.load();
    return this.part;
  }

  load(): Promise<void> {
    this.error = undefined;
    this.#loading ??= loadCode(this.make)
      .then((part) => void (this.part = part))
      .catch((cause: unknown) => {
        this.error = serializeError(cause);
      })
      .finally(() => {
        this.#loading = undefined;
        this.changed();
      });
    return this.#loading;
  }
}
