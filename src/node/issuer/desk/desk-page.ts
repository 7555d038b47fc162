import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { HskError } from '../../../protocol/errors.ts';

/** Nothing from anywhere else, no frame around it; pictures of documents are blobs of the page's own. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html',
  ].join('; '),
  'cache-control': 'no-cache',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), clipboard-read=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const FILES: Record<string, { file: string; type: string }> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/desk.js': { file: 'desk.js', type: 'text/javascript; charset=utf-8' },
  '/mark.svg': { file: 'mark.svg', type: 'image/svg+xml' },
  '/desk.css': { file: 'desk.css', type: 'text/css; charset=utf-8' },
};

/** The page of the desk, as built into `dist/desk`. It holds nothing: what it shows it asks with the token. */
export function deskPage(): Hono {
  const app = new Hono();
  for (const [route, { file, type }] of Object.entries(FILES))
    app.get(route, (c) => c.body(read(file), 200, { ...HEADERS, 'content-type': type }));
  return app;
}

function read(name: string): string {
  const file = path.join(builtFolder(), name);
  if (!existsSync(file))
    throw new HskError('ISSUER_DESK_NOT_BUILT', "The desk's page is not built", {
      action: 'Run npm run build.',
    });
  return readFileSync(file, 'utf8');
}

/** `dist/desk` of this package, seen from the source and from the built file alike. */
function builtFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json')) && path.dirname(folder) !== folder)
    folder = path.dirname(folder);
  return path.join(folder, 'dist', 'desk');
}
