import { HskError } from '../protocol/errors.ts';
import { address, invalid, list, object, type Parser, text, uint } from '../protocol/parse.ts';
import type { CatalogueEntry } from './agent-api.ts';
import type { Fetch } from './merchant-answer.ts';

const parseCatalogue: Parser<CatalogueEntry[]> = list(
  object<CatalogueEntry>({ url: text, title: text, description: text, amount: uint, payTo: address }),
  500,
);

/**
 * What a merchant offers. The URLs may be relative to the catalogue's own.
 *
 * @throws `CATALOGUE_UNREACHABLE`, `PARSE_INVALID`
 */
export async function fetchCatalogue(fetch: Fetch, url: string): Promise<CatalogueEntry[]> {
  let json: unknown;
  try {
    const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(15_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    json = await response.json();
  } catch (cause) {
    throw new HskError('CATALOGUE_UNREACHABLE', 'The merchant’s catalogue could not be read', {
      details: `${url}: ${cause instanceof Error ? cause.message : String(cause)}`,
      action: 'Try again.',
      cause,
    });
  }
  return parseCatalogue(json, 'catalogue').map((entry) => ({ ...entry, url: resolve(entry.url, url) }));
}

function resolve(url: string, base: string): string {
  const resolved = URL.canParse(url, base) ? new URL(url, base) : undefined;
  if (!resolved || !/^https?:$/.test(resolved.protocol))
    throw invalid('catalogue.url', 'an http(s) URL', url);
  return resolved.href;
}
