/** The wallet was created, unlocked, locked or erased; or its accounts changed. */
export class WalletChangeEvent extends Event {
  static readonly type = 'change';
  constructor() {
    super(WalletChangeEvent.type);
  }
}

/** Something was sent, or what was sent has been decided. */
export class WalletJournalEvent extends Event {
  static readonly type = 'journal';
  constructor() {
    super(WalletJournalEvent.type);
  }
}

/** A site's request waits for a person, or no longer does. */
export class WalletRequestEvent extends Event {
  static readonly type = 'request';
  constructor() {
    super(WalletRequestEvent.type);
  }
}
