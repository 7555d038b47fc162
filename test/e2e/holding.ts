import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'puppeteer-core';
import { press } from '../support/browser.ts';
import { root } from '../support/stack.ts';
import { says } from './shop.ts';

/** What the fund shop shows of a holding, and the evidence behind it. */

/** Waits until the holding in `<hsk-purchase>` stands on one of these rungs. */
export async function holdingReaches(page: Page, rungs: string[], timeout = 60_000): Promise<void> {
  await page.waitForFunction(
    (wanted: string[]) => {
      const holding = document
        .querySelector('hsk-purchase')
        ?.shadowRoot?.querySelector<HTMLElement>('[part~=holding] [data-rung]');
      return wanted.includes(holding?.dataset['rung'] ?? '');
    },
    { timeout, polling: 100 },
    rungs,
  );
}

/** The number of units, as shown. */
export async function shownUnits(page: Page): Promise<string> {
  return page.$eval(
    'hsk-purchase',
    (element) => element.shadowRoot?.querySelector('[part~=holding] .number')?.textContent?.trim() ?? '',
  );
}

/** Opens the holding's evidence and has the page verify it again. */
export async function verifyHere(page: Page): Promise<void> {
  await page.$eval('hsk-purchase', (element) =>
    element.shadowRoot!.querySelector<HTMLElement>('[part~=holding] [data-rung]')!.click(),
  );
  await press(page, 'Verify again here');
  await says(page, 'hsk-trust[dialog]', /Verified in this page: Final/);
}

/**
 * Saves the evidence that is open and gives it to `hsk-node verify`.
 *
 * @returns what it printed
 */
export async function verifyOffline(page: Page, profileFile: string): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hsk-evidence-'));
  try {
    const session = await page.createCDPSession();
    await session.send('Browser.setDownloadBehavior', {
      behavior: 'allow',
      downloadPath: folder,
      browserContextId: page.browserContext().id!,
    });
    await press(page, 'Save the evidence');
    const file = path.join(folder, 'evidence.json');
    for (let tries = 0; tries < 100; tries++) {
      try {
        JSON.parse(readFileSync(file, 'utf8'));
        break;
      } catch {
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      }
    }
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--stack-size=4000',
      path.join(root, 'dist/node/cli.js'),
      'verify',
      file,
      '--profile',
      profileFile,
    ]);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
