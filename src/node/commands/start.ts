import { parseArgs } from 'node:util';
import { ACCESS_FLAGS, ACCESS_USAGE, parseAccess } from '../access/options.ts';
import { stopSignal } from './stop-signal.ts';
import { portOption } from './options.ts';

export const START_USAGE = `Options of start
  --data DIR          where everything is kept; made when missing (default ./.hsk)
  --port PORT         one port for everything; 0 takes a free one (default 8599)
  --host HOST         address to listen on (default 127.0.0.1)
  --public-url URL    how clients reach this node, when not at host and port
${ACCESS_USAGE}  --json              print one line of JSON when ready
`;

/** Both chains and every service in this process, until a signal ends it. */
export async function start(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string', default: '.hsk' },
      port: { type: 'string', default: '8599' },
      host: { type: 'string', default: '127.0.0.1' },
      'public-url': { type: 'string' },
      ...ACCESS_FLAGS,
      json: { type: 'boolean', default: false },
    },
  });
  const port = portOption(values.port);
  const access = parseAccess(values);
  // 1,024 nested contract calls need more than Node's default stack; the flag only works on the command line.
  if (!process.execArgv.some((flag) => /^--stack[-_]size=/.test(flag)))
    process.stderr.write(
      'hsk-node: run as `node --stack-size=4000 …`, or contract calls nested deeply will fail\n',
    );
  const { startReferenceNode } = await import('../reference-node.ts');
  const node = await startReferenceNode({
    dataDir: values.data,
    port,
    host: values.host,
    access,
    ...(values['public-url'] !== undefined && { publicUrl: values['public-url'].replace(/\/+$/, '') }),
    report: (message) => process.stderr.write(`${new Date().toISOString()} ${message}\n`),
  });
  if (values.json) {
    console.log(JSON.stringify({ endpoints: node.endpoints, profile: node.profileFile }));
  } else {
    console.log('The reference network is up.\n');
    for (const [name, url] of Object.entries(node.endpoints)) console.log(`  ${name.padEnd(12)} ${url}`);
    console.log(`\n  profile      ${node.profileFile}\n\nCtrl-C stops it.`);
  }
  await stopSignal();
  await node.close();
}
