/** A chain in a process of its own, for tests that kill it: `chain-child.ts <execution|mainchain> <directory>`. */
import { openExecutionChain, openMainchain } from '../../src/node/chain/chain.ts';
import { endWith } from '../../src/node/commands/end-with.ts';
import { startRpcServer } from '../../src/node/rpc/server.ts';
import { funded, testAccount, VALIDATOR_KEYS } from './chain-fixture.ts';

process.on('uncaughtException', endWith);
const [kind, directory] = process.argv.slice(2) as [string, string];
const alloc = funded(testAccount('alice'), testAccount('bob'));
const chain =
  kind === 'mainchain'
    ? await openMainchain({ directory, alloc, validatorKeys: VALIDATOR_KEYS, periodSeconds: 1 })
    : await openExecutionChain({ directory, alloc, gatherMs: 20 });
const server = await startRpcServer({ port: 0, chains: { '/': chain } });
process.stdout.write(`${server.url}\n`);
