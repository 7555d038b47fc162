import { countries } from '../elements/shared/countries.ts';

const names = new Map<string, Map<number, string>>();

/** Name of a country or region by its ISO-3166 number. */
export function countryName(code: number, language: string): string {
  let known = names.get(language);
  if (!known) names.set(language, (known = new Map(countries(language).map((one) => [one.code, one.name]))));
  return known.get(code) ?? String(code);
}
