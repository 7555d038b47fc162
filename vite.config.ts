import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

/**
 * One configuration, one mode per thing that ships (`vite build --mode <mode>`):
 *   cdn     dist/cdn/hsk-embed.js, the one-tag script with a chunk per element
 *   lib     dist/lib, the npm entries; libraries stay imports
 *   worker-<name>  dist/worker, each worker as one file, for hosts whose CSP forbids blob:
 *   desk    dist/desk, the page that the node serves at /issuer/desk
 *   node    dist/node/cli.js and dist/demo/server.js for Node 20
 */
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Every `workers/<name>.worker.ts` ships as `dist/worker/<name>.js`. */
export const WORKERS = readdirSync(at('workers'))
  .filter((file) => file.endsWith('.worker.ts'))
  .map((file) => file.slice(0, -'.worker.ts'.length));

const ELEMENTS = ['hsk-wallet', 'hsk-purchase', 'hsk-agent', 'hsk-trust'];

const LIBRARIES =
  /^(?:lit|viem|idb|comlink|hash-wasm|uqr|poseidon-lite|@noble\/curves|@noble\/hashes|@scure\/bip39|@scure\/bip32)(?:\/|$)/;
const NATIVE = /^(?:secp256k1|classic-level|@ethereumjs\/|ws$|hono|@hono\/|viem|hash-wasm|mcl-wasm)/;
const BUILTIN = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));

/**
 * Rewrites `new Worker(new URL('x.worker.ts', import.meta.url), …)` to Vite's `?worker&inline`: a worker file
 * is refused cross-origin from a CDN and dropped by other bundlers; a blob works everywhere.
 */
function inlineWorkers(): Plugin {
  const expression =
    /new Worker\(\s*new URL\(\s*(['"])([^'"]+\.worker\.ts)\1\s*,\s*import\.meta\.url\s*,?\s*\)\s*(?:,\s*(\{[^}]*\}))?\s*,?\s*\)/g;
  return {
    name: 'inline-workers',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('.ts') || !code.includes('new Worker(')) return undefined;
      const imports: string[] = [];
      const body = code.replace(expression, (_match, _quote, path: string, options?: string) => {
        const name = `InlineWorker${imports.length}`;
        imports.push(`import ${name} from ${JSON.stringify(`${path}?worker&inline`)};`);
        return `new ${name}(${options ?? ''})`;
      });
      return imports.length ? { code: `${imports.join('\n')}\n${body}`, map: null } : undefined;
    },
  };
}

/** `base`: chunks are found beside the file that asks for them, wherever a host serves them from. */
const base: UserConfig = {
  base: './',
  publicDir: false,
  clearScreen: false,
  logLevel: 'warn',
  cacheDir: '.vite',
};

const modes: Record<string, UserConfig> = {
  cdn: {
    plugins: [inlineWorkers()],
    worker: { format: 'es' },
    build: {
      target: 'es2022',
      outDir: 'dist/cdn',
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: at('src/elements/embed.ts'),
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: 'hsk-embed.js', chunkFileNames: 'chunks/[name]-[hash].js', format: 'es' },
      },
    },
  },
  lib: {
    plugins: [inlineWorkers()],
    worker: { format: 'es' },
    build: {
      target: 'es2022',
      outDir: 'dist/lib',
      minify: false,
      lib: {
        formats: ['es'],
        entry: {
          index: at('src/elements/index.ts'),
          define: at('src/elements/define.ts'),
          'hashkey-chain': at('src/protocol/hashkey-chain.ts'),
          ...Object.fromEntries(ELEMENTS.map((tag) => [tag, at(`src/elements/${tag}/define.ts`)])),
        },
      },
      rolldownOptions: { external: LIBRARIES, output: { chunkFileNames: 'chunks/[name]-[hash].js' } },
    },
  },
  ...Object.fromEntries(
    WORKERS.map((name) => [
      `worker-${name}`,
      {
        build: {
          target: 'es2022',
          outDir: 'dist/worker',
          emptyOutDir: false,
          rolldownOptions: {
            input: at(`workers/${name}.worker.ts`),
            output: { entryFileNames: `${name}.js`, format: 'es', codeSplitting: false },
          },
        },
      } satisfies UserConfig,
    ]),
  ),
  desk: {
    publicDir: at('src/issuer-desk/page'),
    build: {
      target: 'es2022',
      outDir: 'dist/desk',
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: at('src/issuer-desk/desk.ts'),
        output: { entryFileNames: 'desk.js', format: 'es', codeSplitting: false },
      },
    },
  },
  node: {
    build: {
      ssr: true,
      target: 'node20',
      outDir: 'dist',
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input: { 'node/cli': at('src/node/cli.ts'), 'demo/server': at('demo/server.ts') },
        external: (id: string) => BUILTIN.has(id) || NATIVE.test(id),
        output: { entryFileNames: '[name].js', chunkFileNames: 'node/chunks/[name]-[hash].js', format: 'es' },
      },
    },
    ssr: { noExternal: true },
  },
};

export default defineConfig(({ mode }) => ({ ...base, ...modes[mode] }));
