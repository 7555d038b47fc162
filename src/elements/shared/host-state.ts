/**
 * Tells the page's stylesheet where an element stands, by custom states:
 * `hsk-purchase:state(needs-wallet)`. Browsers without them simply do not match.
 */
export class HostState {
  #internals: ElementInternals | undefined;

  constructor(private readonly host: HTMLElement) {}

  set(name: string, holds: boolean): void {
    this.#internals ??= this.host.attachInternals();
    const states = this.#internals.states as Set<string> | undefined;
    if (holds) states?.add(name);
    else states?.delete(name);
  }
}
