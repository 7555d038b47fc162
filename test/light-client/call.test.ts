import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Abi, type Address, encodeFunctionData, type Hex, numberToHex, zeroAddress } from 'viem';
import type { LightClient } from '../../src/light-client/light-client.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { compileProbe } from '../node/chain-contracts.ts';
import { localEvm } from './local-evm.ts';
import { EMITTER, holder, type Lie, SmallDeployment } from './small-deployment.ts';
import { live, refuses, until } from './until.ts';

const { abi, bytecode } = compileProbe();
const WORD = (value: number) => numberToHex(value, { size: 32 });

let chains: SmallDeployment;
let client: LightClient;
let probe: Address;
let lie: Lie | undefined;
/** What the peer was asked, in order. */
let asked: { method: string; params: readonly unknown[] }[] = [];

before(async () => {
  chains = await SmallDeployment.open();
  probe = await chains.deploy(bytecode);
  for (let count = 0; count < 3; count++) await chains.transfer(holder.address, 1n);
  const { block } = await chains.transfer(probe, 0n, encode('fill', [1n, 20n, 7n]));
  await chains.attest(block);
  client = await meet();
});
after(async () => {
  client.stop();
  await chains.close();
});

async function meet(): Promise<LightClient> {
  const fresh = chains.client({
    evm: localEvm,
    lie: (chain, method, params, answer) => {
      if (chain === 'execution') asked.push({ method, params });
      return lie ? lie(chain, method, params, answer) : answer;
    },
  });
  await fresh.start(chains.firstProfile);
  await until(fresh, live);
  return fresh;
}

const encode = (functionName: string, args: unknown[] = []) =>
  encodeFunctionData({ abi: abi as Abi, functionName, args });

const call = (functionName: string, args: unknown[] = [], more: object = {}) => ({
  from: holder.address,
  to: probe,
  data: encode(functionName, args),
  ...more,
});

/** What came out: the value, or the words and the data of the failure. */
async function outcome(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    const { message, data } = error as { message: string; data?: Hex };
    if (!(error instanceof HskError)) return { message, ...(data && { data }) };
    assert.match(error.code, /^CALL_(?:REVERTED|FAILED)$/, error.message);
    return { message: error.shortMessage, ...(error.details && { data: error.details }) };
  }
}

const CALLS: Record<string, () => object> = {
  'a slot': () => call('slots', [3n]),
  'an empty slot': () => call('slots', [300n]),
  'the environment': () => call('environment'),
  'hashes of earlier blocks': () => call('hashes', [2n]),
  'a hash beyond the chain': () => call('hashes', [5n]),
  'a custom error': () => call('refuse', [4n]),
  'an underflow': () => call('transfer', [EMITTER, 5n], { from: EMITTER }),
  'an invalid opcode': () => call('bad'),
  'a loop without end': () => call('burn', [], { gas: numberToHex(200_000) }),
  'a transfer of tokens': () => call('transfer', [EMITTER, 5n]),
  'many writes': () => call('fill', [15n, 30n, 9n]),
  refunds: () => call('clear', [1n, 20n]),
  'dirty slots': () => call('dirty', [2n]),
  'a nested revert': () => call('nested', [40n]),
  'a created contract': () => call('make', [5n]),
  'one at a salted address': () => call('make2', [WORD(1), 5n]),
  'a short-lived contract': () => call('makeShortLived', [WORD(2)]),
  'transient storage': () => call('transient_', [5n]),
  'deep calls': () => call('deep', [12n]),
  'the classic precompiles': () => call('precompiles', [WORD(1), 27, WORD(5), WORD(6)]),
  'a plain transfer': () => ({ from: holder.address, to: EMITTER.replace(/01$/, '77'), value: '0x5' }),
  'a transfer nobody can pay': () => ({ from: EMITTER, to: holder.address, value: '0x5' }),
  'value to what takes none': () => call('slots', [1n], { value: '0x5' }),
  'a deployment': () => ({ from: holder.address, data: bytecode }),
  'a call with a price': () => call('fill', [50n, 2n, 3n], { gasPrice: numberToHex(10n ** 9n) }),
  'a call with an access list': () =>
    call('fill', [50n, 2n, 3n], { accessList: [{ address: probe, storageKeys: [WORD(1)] }] }),
  'nobody’s call': () => ({ to: probe, data: encode('slots', [3n]) }),
  'too little gas': () => call('slots', [3n], { gas: '0x5300' }),
};

describe('eth_call and eth_estimateGas on proven state', () => {
  for (const [name, request] of Object.entries(CALLS))
    for (const method of ['eth_call', 'eth_estimateGas'])
      it(`${method} of ${name} is the chain's own answer`, async () => {
        const params = [request(), 'latest'];
        const ours = await outcome(client.request({ method, params }));
        assert.deepEqual(ours, await outcome(chains.execution.request(method, params)));
      });
});
