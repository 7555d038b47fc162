// Prints the gzipped size of everything that ships and fails above the budgets in package.json ("budgets", KiB).
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const { budgets } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const kib = (bytes) => bytes / 1024;

/** The static imports of a chunk, itself included: what must arrive before it runs. */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier] of fs
    .readFileSync(file, 'utf8')
    .matchAll(/(?:^|[;\n}])\s*(?:import|export)\s*(?:[\w*{}$,\s]+?from\s*)?["'](\.{1,2}\/[^"']+)["']/g))
    closure(path.resolve(path.dirname(file), specifier), seen);
  return seen;
}

const chunks = path.join(root, 'dist/cdn/chunks');
/** Entry names in `budgets` are files, or `first-paint:<tag>` for the tag script plus that element's own chunks. */
function files(entry) {
  if (!entry.startsWith('first-paint:')) return [...closure(path.join(root, entry))];
  const tag = entry.slice('first-paint:'.length);
  const script = path.join(root, 'dist/cdn/hsk-embed.js');
  const loader = fs.readFileSync(script, 'utf8');
  const chunk = new RegExp(`["'\`]${tag}["'\`]:\\(\\)=>[^,]*?import\\(["'\`](\\./chunks/[^"'\`]+)`).exec(
    loader,
  )?.[1];
  if (!chunk) throw new Error(`hsk-embed.js does not load <${tag}>`);
  return [...new Set([...closure(script), ...closure(path.resolve(path.dirname(script), chunk))])];
}

let over = 0;
for (const [entry, budget] of Object.entries(budgets)) {
  const size = kib(
    files(entry).reduce((sum, file) => sum + gzipSync(fs.readFileSync(file), { level: 9 }).length, 0),
  );
  const fits = size <= budget;
  if (!fits) over += 1;
  console.log(
    `${fits ? 'ok  ' : 'OVER'} ${size.toFixed(1).padStart(7)} KiB gz of ${String(budget).padStart(4)}  ${entry}`,
  );
}
for (const file of fs.readdirSync(chunks).toSorted())
  console.log(
    `     ${kib(gzipSync(fs.readFileSync(path.join(chunks, file)), { level: 9 }).length)
      .toFixed(1)
      .padStart(7)} KiB gz          dist/cdn/chunks/${file}`,
  );
if (over) {
  console.error(`${over} above budget`);
  process.exitCode = 1;
}
