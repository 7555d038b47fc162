/** Where a visitor asked for less data, nothing is loaded that was not asked for. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

/** Runs what was not asked for yet when the page has nothing else to do. */
export function whenIdle(work: () => void): void {
  if (savesData()) return;
  // Safari has no idle callbacks.
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: 2000 });
  else setTimeout(work, 200);
}
