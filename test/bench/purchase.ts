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
    const proveMs = await timed(() => proveEligibility(page));
    await getTestMoney(page);
    await reviewQuote(page, '2500');
    const attestedMs = await timed(async () => {
      await confirmPurchase(page);
      await purchaseStep(page, ['settled']);
    });
    return { proveMs, attestedMs };
  } finally {
    await browser.close();
    await demo.stop();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
