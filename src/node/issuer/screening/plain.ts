/** Latin letters that no decomposition takes apart (Unicode TR 36 confusables aside, as passports transcribe them: ICAO 9303). */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
};

/** Lower case, without accents and punctuation, so that spelling does not slip past the list. */
export function plain(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæœøđðþłħı]/g, (letter) => LETTERS[letter]!)
    .replace(/['’`·]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Forms of companies, which say nothing of who it is. */
const FORMS = new Set('ltd limited inc incorporated llc llp co company corp corporation gmbh ag sa sarl bv nv plc pte pty spa srl oao ooo jsc pjsc hk'.split(' ')); // prettier-ignore

/** The words of a name. */
export function tokens(name: string, kind: 'person' | 'organisation'): string[] {
  const all = plain(name).split(' ').filter(Boolean);
  const telling = kind === 'person' ? all : all.filter((token) => !FORMS.has(token));
  return telling.length > 0 ? telling : all;
}

/** Whether a name is written in Latin letters, as the lists are. */
export function isLatin(name: string): boolean {
  return !/\p{L}/u.test(plain(name).replace(/\p{Script=Latin}/gu, ''));
}
