import { cpus, loadavg } from 'node:os';
import { measureZkid } from './zkid.ts';
import type { OurTimes, Sample } from './page.ts';

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const ms = (value: number | undefined) => (value === undefined ? '' : value.toFixed(0)).padStart(7);
const kb = (value: number) => `${(value / 1000).toFixed(1)}`.padStart(9);

/** Prints what `measureZkid` measured. */
export async function reportZkid(runs?: number): Promise<void> {
  const { constraints, sizes, ours, snarkjs, semaphore, memory, longTasks, admissionGas } =
    await measureZkid(runs);
  const line = (text: string) => console.log(`  ${text}`);
  line(`constraints: ZKID ${constraints.ours}, Semaphore v4 depth 20 ${constraints.semaphore}`);
  line(`${'kB'.padEnd(32)}       raw   gzipped`);
  for (const [name, raw, gzipped] of sizes) line(`${name.padEnd(32)} ${kb(raw)} ${kb(gzipped)}`);
  const downloaded = sizes.slice(0, 5).reduce((sum, [, , gzipped]) => sum + gzipped, 0);
  line(`${'all that is downloaded to prove'.padEnd(32)} ${''.padStart(9)} ${kb(downloaded)}`);

  line('');
  line(`milliseconds in Chromium on ${cpus().length} cores (load ${loadavg()[0]!.toFixed(1)}), medians;`);
  line('click: from the call on the page to the verified proof');
  line(`${''.padEnd(44)}  click witness  proof  check  fastest`);
  for (const threads of [2, 1] as const) {
    const times = ours[threads];
    const name = (what: string) => `ZKID, ${threads} thread${threads > 1 ? 's' : ''}, ${what}`.padEnd(44);
    const row = (what: string, samples: Sample[]) => {
      const of = (stage: string) => median(samples.map((sample) => sample[stage]!));
      const fastest = Math.min(...samples.map((sample) => sample['click']!));
      line(
        `${name(what)}${ms(of('click'))}${ms(of('witness'))}${ms(of('proof'))}${ms(of('check'))}${ms(fastest)}`,
      );
    };
    row('first', [times.first]);
    row('nothing kept', times.nothing);
    row('credential proved ahead', times.credential);
    row('token proved ahead', times.token);
    line(`${name('load, from the server')}${ms(times.loadMs)}`);
    line(`${name('load, from IndexedDB')}${ms(times.reloadMs)}`);
    line(`${name('proving ahead, in the background')}${ms(times.aheadMs)}`);
  }
  for (const [name, times] of [
    ['snarkjs, ZKID', snarkjs],
    [`snarkjs, Semaphore v4`, semaphore],
  ] as const)
    for (const [kind, { runs: all, verifyMs }] of Object.entries(times)) {
      const words = `${name}, ${kind === 'single' ? '1 thread' : 'its threads'}`;
      line(`${`${words}, first`.padEnd(44)}${ms(all[0])}`);
      line(
        `${`${words}, warm`.padEnd(44)}${ms(median(all.slice(1)))}${''.padStart(14)}${ms(verifyMs)}${ms(Math.min(...all.slice(1)))}`,
      );
    }
  line('');
  line(`memory of the prover's two workers: ${(memory / 1e6).toFixed(1)} MB`);
  line(`tasks of the page above 50 ms while it proved: ${longTasks.map(ms).join(',') || 'none'}`);
  line(`admission, whole transaction: ${admissionGas.toLocaleString('en')} gas`);
  const fast = (times: OurTimes[keyof OurTimes]) => median((times as Sample[]).map((one) => one['click']!));
  line(
    `Semaphore over ZKID, warm, 2 threads: ${(median(semaphore.threads.runs.slice(1)) / fast(ours[2].nothing)).toFixed(1)}x with nothing kept, ` +
      `${(median(semaphore.threads.runs.slice(1)) / fast(ours[2].token)).toFixed(1)}x with the token proved ahead`,
  );
}
