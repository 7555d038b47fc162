import type { Page } from 'puppeteer-core';
import { choose, control, fill, press } from '../support/browser.ts';

/** What a newcomer does in the fund shop, through the elements' own controls. */

/** Waits until `<hsk-purchase>` is at one of these steps, and tells which. */
export async function purchaseStep(page: Page, steps: string[], timeout = 60_000): Promise<string> {
  const handle = await page.waitForFunction(
    (wanted: string[]) => {
      const step = document
        .querySelector('hsk-purchase')
        ?.shadowRoot?.querySelector<HTMLElement>('section[data-step]')?.dataset['step'];
      return step !== undefined && wanted.includes(step) ? step : false;
    },
    { timeout, polling: 50 },
    steps,
  );
  return handle.jsonValue() as Promise<string>;
}

/** The issuer's form, as a person who lives in Hong Kong fills it in: one that is decided by rule. */
export async function verifyIdentity(page: Page): Promise<void> {
  await purchaseStep(page, ['needs-credential']);
  await fill(page, 'Given name', 'Mei Ling');
  await fill(page, 'Family name', 'Chan');
  await fill(page, 'Day', '17');
  await fill(page, 'Month', '5');
  await fill(page, 'Year', '1984');
  await choose(page, 'Country or region of residence', '344');
  await fill(page, 'Identity document number', 'A1234563');
  await (await control(page, 'checkbox', /^I agree that the identity service/)).click();
  await press(page, 'Send for verification');
  await purchaseStep(page, ['eligible']);
}

/** Proves in the browser and waits until the wallet is admitted. */
export async function proveEligibility(page: Page): Promise<void> {
  await press(page, 'Prove you may invest');
  await purchaseStep(page, ['quoting'], 120_000);
}

export async function getTestMoney(page: Page): Promise<void> {
  await purchaseStep(page, ['quoting']);
  await page.waitForFunction(() => {
    const root = document.querySelector('hsk-purchase')?.shadowRoot;
    return root?.querySelector('.facts .amount') !== null;
  });
  const button = await page.$('::-p-aria([name="Get test Hong Kong dollars"][role="button"])');
  await button?.click();
  await control(page, 'button', 'Get a quote', 60_000);
}

/** Asks for a quote for so many Hong Kong dollars and reviews it. */
export async function reviewQuote(page: Page, dollars: string): Promise<void> {
  await fill(page, 'Amount', dollars);
  await press(page, 'Get a quote');
  await purchaseStep(page, ['reviewing']);
  await (await control(page, 'checkbox', /^I have read the offering document/)).click();
}

/** Signs what is reviewed. */
export async function confirmPurchase(page: Page): Promise<void> {
  await press(page, /^Buy [\d,.]+ units for HKD/);
}

/** What an element of ours says, as a person reads it. */
export async function textOf(page: Page, tag: string): Promise<string> {
  return page.$eval(tag, (element) => element.shadowRoot?.textContent?.replaceAll(/\s+/g, ' ') ?? '');
}

/** Waits until the element says something that matches. */
export async function says(page: Page, tag: string, pattern: RegExp, timeout = 60_000): Promise<void> {
  await page.waitForFunction(
    (tag: string, source: string) =>
      new RegExp(source).test(
        document.querySelector(tag)?.shadowRoot?.textContent?.replaceAll(/\s+/g, ' ') ?? '',
      ),
    { timeout, polling: 100 },
    tag,
    pattern.source,
  );
}
