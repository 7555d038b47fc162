/**
 * Registers `constructor` under `tag`, once. A second registration of another class (two versions of the
 * package on one page) keeps the first and warns, because the registry cannot be changed. Does nothing
 * where there is no registry (server-side rendering).
 */
export function define(tag: string, constructor: CustomElementConstructor): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined;
  if (!registry) return;
  const existing = registry.get(tag);
  if (!existing) registry.define(tag, constructor);
  else if (existing !== constructor)
    // oxlint-disable-next-line no-console -- the only way to tell the page's developer
    console.warn(`hsk-embed: <${tag}> is already defined by another copy of the package; that one is kept.`);
}
