import { chromeLauncher } from '@web/test-runner-chrome';
import { createServer } from 'vite';
import { BROWSER_FLAGS, findChromium, findFirefox } from './test/support/find-browser.mjs';

const chrome = await findChromium();
const firefox = findFirefox();
if (!firefox) console.log('Firefox is not on this machine: not run in it.');

/** One Vite per run; a cache folder of its own lets several runs work side by side. */
const vite = await createServer({
  configFile: false,
  root: import.meta.dirname ?? process.cwd(),
  appType: 'custom',
  clearScreen: false,
  logLevel: 'warn',
  cacheDir: process.env.VITE_CACHE ?? '.vite/wtr',
  // Fixtures of other projects stand beside the checkout.
  server: { middlewareMode: true, hmr: false, ws: false, watch: null, fs: { allow: ['..'] } },
  plugins: [
    {
      name: 'test-runner-modules',
      enforce: 'pre',
      resolveId: (source) => (source.startsWith('/__web-') ? { id: source, external: true } : undefined),
    },
  ],
  optimizeDeps: {
    entries: ['test/**/*.browser.ts', 'workers/*.worker.ts', 'src/elements/**/*.ts'],
    include: ['chai'],
    exclude: ['@web/test-runner-commands'],
  },
});

const FIREFOX_FILES = ['test/{light-client,agent,identity}/*.browser.ts'];

/** The Chrome launcher drives a Firefox as well, through WebDriver BiDi. */
function inFirefox() {
  const launcher = chromeLauncher({
    launchOptions: firefox,
    createPage: async ({ browser }) => {
      const page = await (await browser.createBrowserContext()).newPage();
      // Not every Firefox knows all of what setting it does; these tests look at nothing.
      page.setViewport = async () => undefined;
      return page;
    },
  });
  launcher.name = 'Firefox';
  return launcher;
}

const throughVite = async (context, next) => {
  if (context.path === '/' || /^\/__web-(test-runner|dev-server)__/.test(context.path)) return next();
  context.req.url = context.req.url.replace(/[?&]wtr-session-id=[^&]*/, '');
  context.respond = false;
  await new Promise((resolve) => {
    context.res.once('close', resolve);
    vite.middlewares(context.req, context.res, () => {
      context.res.statusCode = 404;
      context.res.end();
    });
  });
};

export default {
  files: ['test/**/*.browser.ts'],
  rootDir: '.',
  middleware: [throughVite],
  browsers: [
    chromeLauncher({
      launchOptions: { ...chrome, args: BROWSER_FLAGS },
      // A fresh context isolates IndexedDB per file.
      createPage: async ({ browser }) => (await browser.createBrowserContext()).newPage(),
    }),
  ],
  // Workers, storage and proving; what the elements look like is tested in Chromium alone.
  groups: firefox ? [{ name: 'Firefox', files: FIREFOX_FILES, browsers: [inFirefox()] }] : [],
  testFramework: { config: { timeout: 30_000 } },
  testsFinishTimeout: 240_000,
  concurrency: 2,
  plugins: [{ name: 'vite-close', serverStop: () => vite.close() }],
};
