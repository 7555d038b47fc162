import fs from 'node:fs';

const SUFFIX = '.worker.ts';

/** Every `<name>.worker.ts` of this folder ships as `dist/worker/<name>.js`. */
export const WORKERS = fs
  .readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
