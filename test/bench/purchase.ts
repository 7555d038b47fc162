import { launchBrowser, openPage } from '../support/browser.ts';
import { startDemo } from '../support/stack.ts';
import {
  confirmPurchase,
  getTestMoney,
  proveEligibility,
  purchaseStep,
  reviewQuote,
  verifyIdentity,
} from '../e2e/shop.ts';
import { createWallet, within } from '../e2e/wallet.ts';

export interface PurchaseTimes {
  /** Milliseconds from the press on Prove to the proven admission: proof, transaction, attestation. */
  proveMs: number;
  /** The longest that anything kept the page from answering meanwhile. */
  stallMs: number;
  /** Milliseconds from the press on Buy to the receipt proven at `attested`. */
  attestedMs: number;
}

/** A newcomer's purchase in a real browser, through the elements' own controls. */
export async function measurePurchase(): Promise<PurchaseTimes> {
  const [demo, browser] = await Promise.all([startDemo(), launchBrowser()]);
  try {
    const { page } = await openPage(browser, `${demo.origin}/`);
    await createWallet(page, within('hsk-purchase'), 'correct horse battery staple');
    await verifyIdentity(page);
    await page.evaluate(watchStalls);
    const proveMs = await timed(() => proveEligibility(page));
    const stallMs = await page.evaluate(() => (globalThis as unknown as Stalls).longestStall);
    await getTestMoney(page);
    await reviewQuote(page, '2500');
    const attestedMs = await timed(async () => {
      await confirmPurchase(page);
      await purchaseStep(page, ['settled']);
    });
    return { proveMs, stallMs, attestedMs };
  } finally {
    await browser.close();
    await demo.stop();
  }
}

interface Stalls {
  longestStall: number;
}

/** In the page: remembers the longest wait of a timer that is due all the time. */
function watchStalls(): void {
  const page = globalThis as unknown as Stalls;
  page.longestStall = 0;
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    page.longestStall = Math.max(page.longestStall, now - last);
    last = now;
  }, 10);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
