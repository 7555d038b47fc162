#!/usr/bin/env node
// `npm test`: everything, from a bare clone. Installs and builds first when needed. Arguments choose suites: unit browser e2e.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { build, install } from '../demo/start.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const END_TO_END = `${path.sep}e2e${path.sep}`;

function testFiles(suffix) {
  return fs
    .readdirSync(path.join(root, 'test'), { recursive: true })
    .filter((file) => file.endsWith(suffix))
    .map((file) => path.join('test', file))
    .toSorted();
}

/** Runs a command, shows its output as it comes, and returns the output with the exit code. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', HSK_CLI: path.join(root, 'dist/node/cli.js') },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('exit', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function nodeTests(name, files, concurrency) {
  if (files.length === 0) return { name, passed: 0, failed: 1 };
  const { code, output } = await run(process.execPath, [
    '--stack-size=4000',
    '--import',
    'tsx',
    '--test',
    `--test-concurrency=${concurrency}`,
    '--test-timeout=600000',
    '--test-reporter=spec',
    ...files,
  ]);
  const count = (word) => Number(new RegExp(`^. ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const [passed, failed, skipped] = [
    count('pass'),
    count('fail') + count('cancelled'),
    count('skipped') + count('todo'),
  ];
  return { name, passed, skipped, failed: failed || (code !== 0 || passed === 0 ? 1 : 0) };
}

async function browserTests() {
  const { code, output } = await run(process.execPath, ['node_modules/@web/test-runner/dist/bin.js']);
  // Colours come even where nobody sees them: the runner takes CI for a terminal.
  const summaries = [
    ...stripVTControlCharacters(output).matchAll(
      /(\w+): \|.*\| .*?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/g,
    ),
  ];
  // The last line of each browser that ran.
  const last = Object.values(Object.fromEntries(summaries.map((summary) => [summary[1], summary])));
  const [passed, failed, skipped] = [2, 3, 4].map((group) =>
    last.reduce((sum, summary) => sum + Number(summary[group] ?? 0), 0),
  );
  return { name: 'browser', passed, skipped, failed: failed || (code !== 0 || passed === 0 ? 1 : 0) };
}

install();
build();
const chosen = process.argv.slice(2);
const wanted = (suite) => chosen.length === 0 || chosen.includes(suite);
const all = testFiles('.test.ts');
const results = [];
if (wanted('unit'))
  results.push(
    await nodeTests(
      'unit',
      all.filter((file) => !file.includes(END_TO_END)),
      2,
    ),
  );
if (wanted('browser')) results.push(await browserTests());
if (wanted('e2e'))
  results.push(
    await nodeTests(
      'e2e',
      all.filter((file) => file.includes(END_TO_END)),
      1,
    ),
  );

const total = (key) => results.reduce((sum, result) => sum + (result[key] ?? 0), 0);
console.log('');
for (const { name, passed, failed } of results) console.log(`${name}: ${passed} passed, ${failed} failed`);
console.log(`${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
process.exitCode = total('failed') ? 1 : 0;
