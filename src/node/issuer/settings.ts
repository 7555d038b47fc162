/** How an institution runs its issuer. */
export interface IssuerSettings {
  /** `rules`: a clean application of a person is decided at once. `all`: a person decides every one. */
  review: 'rules' | 'all';
  /** Days after which a list is too old to screen against. */
  screeningDays: number;
  limits: IssuerLimits;
  /** Seconds since 1970. */
  now: () => number;
}

/** What strangers may fill the disk with. */
export interface IssuerLimits {
  /** Applications that wait, all together. */
  open: number;
  /** Bytes of documents and forms, all together. */
  storedBytes: number;
  /** Bytes of documents of one application. */
  applicationBytes: number;
  /** Requests of one peer that make the issuer write: at once, and that come back each second. */
  burst: number;
  perSecond: number;
  /** Seconds that an application waits for documents before it is dropped. */
  patience: number;
}

export const DEFAULTS: IssuerSettings = {
  review: 'rules',
  screeningDays: 30,
  limits: {
    open: 10_000,
    storedBytes: 8 * 1024 ** 3,
    applicationBytes: 20 * 1024 ** 2,
    burst: 400,
    perSecond: 1,
    patience: 30 * 86_400,
  },
  now: () => Math.floor(Date.now() / 1000),
};
