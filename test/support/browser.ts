import puppeteer, { type Browser, type ElementHandle, type Page } from 'puppeteer-core';
import { BROWSER_FLAGS, findChromium, findFirefox } from './find-browser.mjs';

export async function launchBrowser(flags: string[] = []): Promise<Browser> {
  return puppeteer.launch({ ...(await findChromium()), args: [...BROWSER_FLAGS, ...flags] } as never);
}

/** Where there is a Firefox (`findFirefox`); else undefined. */
export async function launchFirefox(): Promise<Browser | undefined> {
  const options = findFirefox();
  return options && puppeteer.launch(options);
}

/** A page of its own context that collects what went wrong on it. */
export async function openPage(
  browser: Browser,
  url: string,
  options: { width?: number; height?: number; dark?: boolean } = {},
): Promise<{ page: Page; problems: string[] }> {
  const page = await (await browser.createBrowserContext()).newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error instanceof Error ? error.message : String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.setViewport({ width: options.width ?? 1280, height: options.height ?? 900 });
  if (options.dark) await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await page.goto(url);
  return { page, problems };
}

/** Waits for a control by its role and accessible name, in any open shadow root. */
export async function control(
  page: Page,
  role: string,
  name: string | RegExp,
  timeout = 30_000,
): Promise<ElementHandle> {
  const until = Date.now() + timeout;
  for (;;) {
    const candidates = await page.$$(
      typeof name === 'string'
        ? `::-p-aria([name="${name}"][role="${role}"])`
        : `::-p-aria([role="${role}"])`,
    );
    for (const handle of candidates) {
      if (!(await handle.isVisible())) continue;
      if (typeof name === 'string' || name.test(await accessibleName(page, handle))) return handle;
    }
    if (Date.now() > until) throw new Error(`No ${role} "${String(name)}"`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

async function accessibleName(page: Page, handle: ElementHandle): Promise<string> {
  const node = await page.accessibility.snapshot({ root: handle, interestingOnly: false });
  return node?.name ?? '';
}

export async function press(page: Page, name: string | RegExp, timeout?: number): Promise<void> {
  const handle = await control(page, 'button', name, timeout);
  await handle.evaluate((element) => (element as HTMLElement).scrollIntoView({ block: 'center' }));
  await handle.click();
}

export async function fill(page: Page, label: string | RegExp, value: string): Promise<void> {
  const handle = await control(page, 'textbox', label);
  await handle.evaluate((element) => {
    (element as HTMLInputElement).value = '';
  });
  await handle.type(value);
}

/** Chooses an option of a select by its value. */
export async function choose(page: Page, label: string, value: string): Promise<void> {
  await (await control(page, 'combobox', label)).select(value);
}
