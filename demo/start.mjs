#!/usr/bin/env node
// `npm start`: from a bare clone to an address to open. Only Node's own modules here: nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const say = (line) => process.stdout.write(`${line}\n`);

/** Installs the locked dependencies when they are missing or older than the lock file. */
export function install() {
  const lock = path.join(root, 'package-lock.json');
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (fs.existsSync(installed) && fs.statSync(installed).mtimeMs >= fs.statSync(lock).mtimeMs) return;
  say('Installing dependencies (once, about a minute) …');
  run('npm', ['ci', '--no-audit', '--no-fund']);
  fs.utimesSync(installed, new Date(), new Date());
}

/** Builds when a source is newer than the last complete build. */
export function build() {
  const stamp = path.join(root, 'dist', '.built');
  if (fs.existsSync(stamp) && fs.statSync(stamp).mtimeMs >= newest()) return;
  say('Building (about half a minute) …');
  run('npm', ['run', '--silent', 'build']);
}

function newest() {
  const sources = ['src', 'workers', 'circuits', 'demo', 'vite.config.ts', 'package-lock.json'];
  const visit = (file) => {
    const stat = fs.statSync(file);
    if (!stat.isDirectory()) return stat.mtimeMs;
    return Math.max(0, ...fs.readdirSync(file).map((name) => visit(path.join(file, name))));
  };
  return Math.max(...sources.map((name) => visit(path.join(root, name))));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error || status !== 0) {
    say(`\n\`${command} ${args.join(' ')}\` did not succeed${error ? `: ${error.message}` : ''}.`);
    process.exit(1);
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    say(`Node 20.19 or later is needed; this is ${process.version}.`);
    process.exit(1);
  }
  install();
  build();
  const server = spawn(process.execPath, [path.join(root, 'dist/demo/server.js'), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
  server.on('exit', (code) => process.exit(code ?? 0));
}
