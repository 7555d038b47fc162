import { expect } from 'chai';
import type { Address, Hex } from 'viem';
import { keccak256 } from 'viem';
import type { EvmApi, EvmTask, OpenEvm, ProvenSource } from '../../src/evm/evm-api.ts';
import { EvmTurns } from '../../src/evm/evm-turns.ts';
import { openEvm } from '../../src/light-client/open-evm.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { EMPTY_TRIE_ROOT, type Header } from '../../src/protocol/header.ts';
import { proxyObject, wrapWorker } from '../../workers/boundary.ts';

const zeros: Hex = `0x${'00'.repeat(32)}`;
const nobody: Address = `0x${'00'.repeat(20)}`;
const contract: Address = '0x0000000000000000000000000000000000c0de00';

const header: Header = {
  parentHash: zeros,
  sha3Uncles: zeros,
  miner: nobody,
  stateRoot: zeros,
  transactionsRoot: zeros,
  receiptsRoot: zeros,
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: 0n,
  number: 5n,
  gasLimit: 100_000_000n,
  gasUsed: 0n,
  timestamp: 7n,
  extraData: '0x',
  mixHash: zeros,
  nonce: '0x0000000000000000',
  baseFeePerGas: 7n,
  withdrawalsRoot: zeros,
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: zeros,
  requestsHash: zeros,
};

/** A call to a contract with this code; its storage is not the empty one. */
function task(code: Hex): EvmTask {
  const empty = {
    nonce: 0n,
    balance: 0n,
    codeHash: keccak256('0x'),
    storageRoot: EMPTY_TRIE_ROOT,
    slots: [],
  };
  return {
    method: 'eth_call',
    chainId: 1,
    header,
    params: [{ to: contract }],
    state: [
      { address: nobody, ...empty },
      { address: contract, ...empty, nonce: 1n, storageRoot: zeros, codeHash: keccak256(code), code },
    ],
  };
}

const unproven = () =>
  Promise.reject(new HskError('TRIE_NODE_HASH', 'not proven', { action: 'ask another' }));
const silent: ProvenSource = { state: unproven, code: unproven, blockHash: unproven };

const FIVE: Hex = '0x600560005260206000f3';
const READS: Hex = '0x60025460005260206000f3';
const ENDLESS: Hex = '0x5b600056';

/** Opens workers and counts them. */
function evms(): { open: OpenEvm; ended: number; workers: Worker[] } {
  const seen = {
    ended: 0,
    workers: [] as Worker[],
    open: async () => {
      const { port, end } = await openEvm(() => {
        const worker = new Worker(new URL('../../workers/evm.worker.ts', import.meta.url), {
          type: 'module',
        });
        seen.workers.push(worker);
        return worker;
      });
      const evm = wrapWorker<EvmApi>(port);
      return {
        run: (what: EvmTask, source: ProvenSource) => evm.run(what, proxyObject(source)),
        ping: () => evm.ping(),
        end: () => {
          seen.ended++;
          end();
        },
      };
    },
  };
  return seen;
}

async function rejection(promise: Promise<unknown>): Promise<HskError> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(HskError);
    return error as HskError;
  }
  throw new Error('nothing was refused');
}

describe('the EVM’s worker', () => {
  it('ends a loop without end and takes the next call in another one', async () => {
    const seen = evms();
    const turns = new EvmTurns(seen.open, 400);
    expect(await turns.run(task(FIVE), silent)).to.equal(`0x${'00'.repeat(31)}05`);
    const endless = rejection(turns.run(task(ENDLESS), silent));
    // Waits for its turn and is not ended with it.
    const next = turns.run(task(FIVE), silent);
    expect((await endless).code).to.equal('EVM_TIMEOUT');
    expect(await next).to.equal(`0x${'00'.repeat(31)}05`);
    expect([seen.workers.length, seen.ended]).to.deep.equal([2, 1]);
    seen.workers.at(-1)!.terminate();
  });

  it('waits for a proof longer than it may compute, and reads nothing that was refused', async () => {
    const seen = evms();
    const turns = new EvmTurns(seen.open, 400);
    const [, entry] = task(READS).state;
    const slow = async (_address: Address, slots: Hex[]) => {
      await new Promise((resolve) => setTimeout(resolve, 800));
      return { ...entry!, slots: slots.map((slot): [Hex, bigint] => [slot, 9n]) };
    };
    expect(await turns.run(task(READS), { ...silent, state: slow })).to.equal(`0x${'00'.repeat(31)}09`);
    const error = await rejection(turns.run(task(READS), silent));
    expect([error.code, error.action]).to.deep.equal(['TRIE_NODE_HASH', 'ask another']);
    seen.workers.at(-1)!.terminate();
  });

  it('that cannot be started says so', async () => {
    const error = await rejection(openEvm(() => new Worker('/no-such-worker.js', { type: 'module' })));
    expect(error.code).to.equal('EVM_WORKER');
  });
});
