import type { Page } from 'puppeteer-core';
import { type Address, getAddress } from 'viem';

/**
 * What the owner of a wallet does, through the elements' own controls. `visible` makes puppeteer look again by
 * itself: it sees no mutations inside shadow roots.
 */

const WORDS = {
  en: { password: 'Password', unlock: 'Unlock' },
  'zh-Hant': { password: '密碼', unlock: '解鎖' },
};

/** The page's own wallet, and the one inside another element. */
export const BESIDE = 'aside hsk-wallet';
export const within = (tag: string) => `${tag} >>> hsk-wallet`;

/**
 * Creates a wallet in the `<hsk-wallet>` at `scope` and confirms the phrase, as it was shown.
 *
 * @returns the recovery phrase
 */
export async function createWallet(page: Page, scope: string, password: string): Promise<string> {
  await pressIn(page, scope, 'Create a wallet');
  const field = await page.waitForSelector(`${scope} >>> ::-p-aria([name="New password"][role="textbox"])`, {
    visible: true,
  });
  await field!.type(password);
  await pressIn(page, scope, 'Continue');
  await pressIn(page, scope, 'Show the words');
  await page.waitForSelector(`${scope} >>> .phrase li`, { visible: true });
  const words = await page.$$eval(`${scope} >>> .phrase li`, (items) =>
    items.map((item) => item.textContent?.trim() ?? ''),
  );
  await pressIn(page, scope, 'I have written them down');
  await page.waitForSelector(`${scope} >>> ::-p-text(Check what you wrote)`, { visible: true });
  for (const input of await page.$$(`${scope} >>> form input`)) {
    const label = await input.evaluate(
      (element) => (element as HTMLInputElement).labels?.[0]?.textContent ?? '',
    );
    await input.type(words[Number(/\d+/.exec(label)?.[0]) - 1]!);
  }
  await pressIn(page, scope, 'Finish');
  return words.join(' ');
}

export async function unlockWallet(
  page: Page,
  scope: string,
  password: string,
  language: keyof typeof WORDS = 'en',
): Promise<void> {
  const { password: label, unlock } = WORDS[language];
  const field = await page.waitForSelector(`${scope} >>> ::-p-aria([name="${label}"][role="textbox"])`, {
    visible: true,
  });
  await field!.type(password);
  await pressIn(page, scope, unlock);
}

/** The open wallet's account, in full as the page's own `<hsk-wallet>` shows it. */
export async function accountOf(page: Page): Promise<Address> {
  const shown = await page.waitForFunction(
    () =>
      document.querySelector('aside hsk-wallet')?.shadowRoot?.querySelector('.address .full')?.textContent,
  );
  return getAddress(((await shown.jsonValue()) as string).trim());
}

async function pressIn(page: Page, scope: string, name: string): Promise<void> {
  const button = await page.waitForSelector(`${scope} >>> ::-p-aria([name="${name}"][role="button"])`, {
    visible: true,
  });
  await button!.click();
}
