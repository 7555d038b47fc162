import { HskError, serializeError, type SerializedError } from '../../protocol/errors.ts';

/** A part of the wallet whose code arrives when it is first asked for. */
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
    this.#loading ??= this.make()
      .then((part) => void (this.part = part))
      .catch((cause: unknown) => {
        this.error = serializeError(
          new HskError('CODE_UNAVAILABLE', 'A part of the wallet could not be loaded', { cause }),
        );
      })
      .finally(() => {
        this.#loading = undefined;
        this.changed();
      });
    return this.#loading;
  }
}
