import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'Google Chrome'];
const APPLICATIONS = '/Applications/Google Chrome.app/Contents/MacOS';

/** Flags for a quiet, deterministic browser: no background traffic, runs as root and in small containers. */
export const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-features=MediaRouter,OptimizationHints,Translate,DialMediaRouteProvider',
];

/**
 * Launch options of a Chromium: `CHROME_PATH` ("bundled" forces the last resort), then one on PATH, then
 * the binary inside the @sparticuz/chromium package, which needs nothing else on the machine.
 */
export async function findChromium() {
  const chosen = process.env.CHROME_PATH;
  if (chosen && chosen !== 'bundled') return { executablePath: chosen, headless: true };
  const system = chosen === 'bundled' ? undefined : onPath();
  return system ? { executablePath: system, headless: true } : bundled();
}

/**
 * Launch options of a Firefox: `FIREFOX_PATH` ("none" leaves it out), then one on PATH; `undefined` where there is none.
 * Nothing needs it: what is tested in Chromium is tested in it as well.
 */
export function findFirefox() {
  const chosen = process.env.FIREFOX_PATH;
  if (chosen === 'none') return undefined;
  const executablePath = chosen || onPath(['firefox', 'firefox-esr']);
  return executablePath ? { browser: 'firefox', executablePath, headless: true } : undefined;
}

function onPath(names = NAMES) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), APPLICATIONS];
  for (const folder of folders)
    for (const name of names) {
      const file = path.join(folder, name);
      if (fs.existsSync(file)) return file;
    }
  return undefined;
}

/** The package decides by environment where and what it unpacks; the environment is put back afterwards. */
async function bundled() {
  const cache = fileURLToPath(new URL('../../node_modules/.cache/chromium', import.meta.url));
  fs.mkdirSync(cache, { recursive: true });
  const touched = ['TMPDIR', 'AWS_EXECUTION_ENV', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH'];
  const before = Object.fromEntries(touched.map((name) => [name, process.env[name]]));
  process.env.TMPDIR = cache;
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x';
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    const executablePath = await chromium.executablePath();
    // With no font at all Chromium dies on the first <input>; the package's own fonts.conf names a fixed folder.
    const conf = path.join(cache, 'fonts.conf');
    fs.writeFileSync(
      conf,
      `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${cache}/fonts/fonts</dir>` +
        `<dir>/usr/share/fonts</dir><cachedir>${cache}/fc</cachedir></fontconfig>`,
    );
    return {
      executablePath,
      headless: 'shell',
      env: {
        ...process.env,
        FONTCONFIG_FILE: conf,
        LD_LIBRARY_PATH: `${cache}/al2023/lib`,
        TMPDIR: undefined,
      },
    };
  } finally {
    for (const name of touched) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
