import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Languages the elements speak. */
export const LOCALES = ['en', 'zh-Hant'] as const;
export type Locale = (typeof LOCALES)[number];

/** A catalogue: words, or functions of what stands in them. Every language has the same shape. */
export type Catalogue = Record<string, string | ((...args: never[]) => string)>;
type Same<C> = {
  [K in keyof C]: C[K] extends (...args: infer A) => string ? (...args: A) => string : string;
};
export type Messages<C extends Catalogue> = { en: C; 'zh-Hant': Same<C> };

/** Ties the languages of one element together; a missing key does not compile. */
export function defineMessages<C extends Catalogue>(en: C, zhHant: Same<C>): Messages<C> {
  return { en, 'zh-Hant': zhHant };
}

/** `zh` in any script or region reads Traditional Chinese; everything else English. */
export function localeFor(language: string): Locale {
  return /^zh\b/i.test(language) ? 'zh-Hant' : 'en';
}

/** BCP 47 tag for `Intl`: the closest `lang`, through shadow roots; then the document's, then the browser's. */
export function languageOf(element: Element): string {
  for (let at: Element | null = element; at;) {
    const tagged: Element | null = at.closest('[lang]');
    const lang = tagged?.getAttribute('lang');
    if (lang) return lang;
    const root: Node = at.getRootNode();
    at = root instanceof ShadowRoot ? root.host : null;
  }
  return document.documentElement.lang || navigator.language || 'en';
}

const followers = new Set<() => void>();
let observer: MutationObserver | undefined;

function follow(listener: () => void): () => void {
  followers.add(listener);
  observer ??= new MutationObserver(() => followers.forEach((tell) => tell()));
  if (followers.size === 1)
    observer.observe(document.documentElement, { attributeFilter: ['lang'], subtree: true });
  return () => {
    followers.delete(listener);
    if (followers.size === 0) observer?.disconnect();
  };
}

/**
 * Reactive controller that gives an element its words, and renders again when a `lang` changes.
 *
 *     readonly #i18n = new Localized(this, messages);
 *     render() { const { t, language } = this.#i18n; … }
 */
export class Localized<C extends Catalogue> implements ReactiveController {
  #stop: (() => void) | undefined;
  #language = 'en';

  constructor(
    private readonly host: ReactiveControllerHost & Element,
    private readonly messages: Messages<C>,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#language = languageOf(this.host);
    this.#stop = follow(() => {
      const language = languageOf(this.host);
      if (language === this.#language) return;
      this.#language = language;
      this.host.requestUpdate();
    });
  }

  hostDisconnected(): void {
    this.#stop?.();
  }

  /** For `Intl`; a language we do not speak still formats numbers its own way only if it is English. */
  get language(): string {
    const locale = this.locale;
    if (locale === 'zh-Hant') return /^zh\b/i.test(this.#language) ? this.#language : locale;
    return /^en\b/i.test(this.#language) ? this.#language : 'en';
  }

  get locale(): Locale {
    return localeFor(this.#language);
  }

  get t(): C {
    return this.messages[this.locale] as C;
  }
}
