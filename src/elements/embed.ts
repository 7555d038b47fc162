/**
 * The one-tag script. Loads an element's code when its tag first appears on the page, and not before.
 *
 *   <script type="module" src="hsk-embed.js"></script>
 *   <hsk-wallet profile="/profile.json"></hsk-wallet>
 */
const loaders: Record<string, () => Promise<unknown>> = {
  'hsk-wallet': () => import('./hsk-wallet/define.ts'),
  'hsk-purchase': () => import('./hsk-purchase/define.ts'),
  'hsk-agent': () => import('./hsk-agent/define.ts'),
  'hsk-trust': () => import('./hsk-trust/define.ts'),
};

const selector = Object.keys(loaders)
  .map((tag) => `${tag}:not(:defined)`)
  .join(',');

function load(tag: string): void {
  const loader = loaders[tag];
  if (!loader) return;
  delete loaders[tag];
  loader().catch((cause: unknown) => {
    // A chunk that could not be fetched may be there on the next appearance of the tag.
    loaders[tag] = loader;
    dispatchEvent(new ErrorEvent('error', { message: `hsk-embed could not load <${tag}>`, error: cause }));
  });
}

function scan(root: ParentNode): void {
  for (const element of root.querySelectorAll(selector)) load(element.localName);
}

scan(document);
new MutationObserver((records) => {
  for (const record of records)
    for (const node of record.addedNodes)
      if (node instanceof Element) {
        if (node.matches(selector)) load(node.localName);
        scan(node);
      }
}).observe(document, { childList: true, subtree: true });
