export const BROWSER_FLAGS: string[];
export function findChromium(): Promise<{
  executablePath: string;
  headless: boolean | 'shell';
  env?: Record<string, string | undefined>;
}>;
/** `undefined` where there is none. */
export function findFirefox(): { browser: 'firefox'; executablePath: string; headless: boolean } | undefined;
