export const BROWSER_FLAGS: string[];
export function findChromium(): Promise<{
  executablePath: string;
  headless: boolean | 'shell';
  env?: Record<string, string | undefined>;
}>;
