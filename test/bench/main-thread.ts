import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser, openPage } from '../support/browser.ts';
import { startDemo } from '../support/stack.ts';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds. */
  dur?: number;
  args?: { name?: string };
}

export interface MainThreadFigures {
  tasks: number;
  /** Milliseconds of the longest task of the page's main thread. */
  longestMs: number;
  /** Share of the time that the main thread was busy. */
  busy: number;
}

/** What following both chains costs the page itself: a session without any element, watched by the browser's trace. */
export async function measureMainThread(seconds = 10): Promise<MainThreadFigures> {
  const browser = await launchBrowser();
  const demo = await startDemo();
  try {
    const { page } = await openPage(browser, `${demo.origin}/`);
    await page.waitForFunction(
      () => document.querySelector('hsk-trust')?.shadowRoot?.querySelector('[data-phase=live]'),
      { timeout: 60_000 },
    );
    // The session stays, nothing draws any more.
    await page.evaluate(() => document.body.replaceChildren());
    await sleep(1000);
    await page.tracing.start({ categories: ['toplevel', '__metadata'] });
    await sleep(seconds * 1000);
    const trace = await page.tracing.stop();
    const { traceEvents } = JSON.parse(new TextDecoder().decode(trace)) as { traceEvents: TraceEvent[] };
    const main = traceEvents.filter(
      ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
    );
    const tasks = traceEvents.filter(
      ({ name, ph, pid, tid }) =>
        name.endsWith('RunTask') && ph === 'X' && main.some((one) => one.pid === pid && one.tid === tid),
    );
    const lengths = tasks.map(({ dur = 0 }) => dur / 1000);
    if (lengths.length === 0) throw new Error('the trace shows no task of the page');
    return {
      tasks: lengths.length,
      longestMs: Math.max(...lengths),
      busy: lengths.reduce((sum, length) => sum + length, 0) / (seconds * 1000),
    };
  } finally {
    await browser.close();
    await demo.stop();
  }
}
