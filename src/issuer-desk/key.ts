const STORED = 'hsk-desk-key';

/**
 * The operator's token: from the fragment of the link, which no server and no log sees, into this tab's storage; the
 * address bar forgets it at once.
 */
export function takeKey(): string | undefined {
  const given = /^#key=([0-9a-f]{64})$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    sessionStorage.setItem(STORED, given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem(STORED) ?? undefined;
}

/** False when it is no token. */
export function keepKey(key: string): boolean {
  const token = /([0-9a-f]{64})\s*$/.exec(key.trim())?.[1];
  if (token !== undefined) sessionStorage.setItem(STORED, token);
  return token !== undefined;
}

export function forgetKey(): void {
  sessionStorage.removeItem(STORED);
}
