import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Abi, type Address, concat, encodeFunctionData, type Hex, keccak256, numberToHex } from 'viem';
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
/** The newest attested block: the chain goes on by itself. */
let TAG: Hex;
/** What the peer was asked, in order. */
let asked: { method: string; params: readonly unknown[] }[] = [];

before(async () => {
  chains = await SmallDeployment.open();
  probe = await chains.deploy(bytecode);
  for (let count = 0; count < 3; count++) await chains.transfer(holder.address, 1n);
  const { block } = await chains.transfer(probe, 0n, encode('fill', [1n, 5n, 7n]));
  await chains.attest(block);
  TAG = numberToHex(block.header.number);
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
        const params = [request(), TAG];
        const ours = await outcome(client.request({ method, params }));
        assert.deepEqual(ours, await outcome(chains.execution.request(method, params)));
      });
});

const ask = (peer: LightClient, method: string, ...params: unknown[]) => peer.request({ method, params });
const slot = (peer: LightClient, ...more: unknown[]) => ask(peer, 'eth_call', call('slots', [3n]), ...more);

describe('what a call is executed on', () => {
  it('an older block has its own state', async () => {
    const before = numberToHex(BigInt(TAG) - 1n);
    assert.equal(BigInt((await slot(client, before)) as Hex), 0n);
    assert.equal(BigInt((await slot(client, TAG)) as Hex), 7n);
  });

  it('overrides of state and block', async () => {
    const key = concat([WORD(3), WORD(0)]);
    const at = keccak256(key);
    for (const overrides of [
      { [probe]: { stateDiff: { [at]: WORD(99) } } },
      { [probe]: { state: { [at]: WORD(98) } } },
      { [probe]: { stateDiff: { [at]: WORD(0) } } },
      { [EMITTER]: { balance: '0x5' } },
    ])
      assert.equal(
        await slot(client, TAG, overrides),
        await chains.execution.request('eth_call', [call('slots', [3n]), TAG, overrides]),
      );
    const code = '0x4360005242602052486040523a606052446080524560a05260c06000f3';
    for (const block of [
      {},
      {
        number: '0x500',
        time: '0x7fffffff',
        gasLimit: '0x1234567',
        baseFeePerGas: '0x7',
        prevRandao: WORD(5),
      },
    ]) {
      const params = [{ to: EMITTER }, TAG, { [EMITTER]: { code } }, block];
      const [ours, theirs] = [
        ask(client, 'eth_call', ...params),
        chains.execution.request('eth_call', params),
      ];
      assert.equal(await ours, await theirs);
    }
  });

  it('refuses what it does not compute', async () => {
    const authorizationList = [{ chainId: '0x1' }];
    await assert.rejects(
      ask(client, 'eth_call', { ...call('slots', [3n]), authorizationList }, TAG),
      refuses('CALL_UNSUPPORTED'),
    );
    const moved = { '0x0000000000000000000000000000000000000001': { movePrecompileToAddress: probe } };
    await assert.rejects(slot(client, TAG, moved), refuses('CALL_UNSUPPORTED'));
    await assert.rejects(slot(client, '0xffff'), refuses('BLOCK_NOT_ATTESTED'));
    await assert.rejects(ask(client, 'eth_call', { to: '0x12' }, TAG), refuses('PARSE_INVALID'));
  });
});

describe('a peer that lies to a call', () => {
  /** A client that knows nothing yet; the peer is asked the same afterwards without the lie. */
  async function lied(told: Lie, work: (fresh: LightClient) => Promise<void>): Promise<void> {
    const fresh = await meet();
    let times = 0;
    lie = (...said) => {
      const answer = told(...said);
      if (answer !== said[3]) times++;
      return answer;
    };
    try {
      await work(fresh);
      assert.ok(times > 0, 'the lie was never told');
      lie = undefined;
      assert.equal(BigInt((await slot(fresh, TAG)) as Hex), 7n);
    } finally {
      lie = undefined;
      fresh.stop();
    }
  }
  const about =
    (method: string, alter: (answer: never, params: readonly unknown[]) => unknown): Lie =>
    (chain, said, params, answer) =>
      chain === 'execution' && said === method ? alter(structuredClone(answer) as never, params) : answer;

  for (const [name, alter] of Object.entries<() => unknown>({
    'leaves out of the access list what the call reads': () => ({ accessList: [], gasUsed: '0x0' }),
    'has no access list': () => null,
    'names other accounts': () => ({
      accessList: [{ address: holder.address, storageKeys: [WORD(9)] }],
    }),
    'names a thousand accounts': () => ({
      accessList: Array.from({ length: 1000 }, (_, index) => ({
        address: numberToHex(index + 4096, { size: 20 }),
        storageKeys: [],
      })),
    }),
  }))
    it(`${name}: the call is proven all the same`, () =>
      lied(about('eth_createAccessList', alter), async (fresh) => {
        asked = [];
        assert.equal(BigInt((await slot(fresh, TAG)) as Hex), 7n);
        assert.ok(asked.filter(({ method }) => method === 'eth_getProof').length <= 260);
      }));

  it('about code: CODE_HASH', () =>
    lied(
      about('eth_getCode', () => '0x600760005260206000f3'),
      (fresh) => assert.rejects(slot(fresh, TAG), refuses('CODE_HASH')),
    ));

  const leaf = (answer: { storageProof: { value: Hex; proof: Hex[] }[]; accountProof: Hex[] }) => {
    for (const entry of answer.storageProof) {
      entry.value = WORD(8);
      entry.proof = entry.proof.map((node) => node.replace(/07$/, '08') as Hex);
    }
    return answer;
  };
  it('about a word of storage: TRIE_NODE_HASH', () =>
    lied(about('eth_getProof', leaf), (fresh) =>
      assert.rejects(slot(fresh, TAG), refuses('TRIE_NODE_HASH')),
    ));

  it('about absence of a slot: PROOF_KEY_MISSING', () =>
    lied(
      about('eth_getProof', (answer: object, [, slots]) =>
        (slots as unknown[]).length ? { ...answer, storageProof: [] } : answer,
      ),
      (fresh) => assert.rejects(slot(fresh, TAG), refuses('PROOF_KEY_MISSING')),
    ));

  it('about a balance: TRIE_NODE_HASH', () =>
    lied(
      about('eth_getProof', (answer: { accountProof: Hex[] }, [address]) => {
        if (address === EMITTER)
          answer.accountProof.push(answer.accountProof.pop()!.replace(/^0xf8/, '0xf9') as Hex);
        return answer;
      }),
      async (fresh) => {
        const value = { from: EMITTER, to: holder.address, value: '0x1' };
        await assert.rejects(ask(fresh, 'eth_call', value, TAG), refuses('TRIE_NODE_HASH'));
      },
    ));

  it('about an earlier block’s hash: HEADER_UNLINKED', () =>
    lied(
      about('eth_getBlockByNumber', (answer: { number: Hex } | null) =>
        answer && BigInt(answer.number) === BigInt(TAG) - 2n ? { ...answer, extraData: '0x00' } : answer,
      ),
      (fresh) =>
        assert.rejects(ask(fresh, 'eth_call', call('hashes', [2n]), TAG), refuses('HEADER_UNLINKED')),
    ));

  it('by refusing a proof: no zero is read for it', () =>
    lied(
      (chain, method, params, answer) => {
        if (chain === 'execution' && method === 'eth_getProof' && (params[1] as unknown[]).length)
          throw new HskError('RPC_ERROR', 'no');
        return method === 'eth_createAccessList' ? null : answer;
      },
      (fresh) => assert.rejects(slot(fresh, TAG), refuses('RPC_ERROR')),
    ));
});

describe('how a call is asked for', () => {
  it('what the access list names is proven in one go, and nothing twice', async () => {
    const fresh = await meet();
    asked = [];
    await slot(fresh, TAG);
    const proofs = asked.filter(({ method }) => method === 'eth_getProof').map(({ params }) => params);
    assert.deepEqual(
      proofs
        .filter(([address]) => address === probe)
        .map(([, slots]) => (slots as unknown[]).length)
        .toSorted(),
      [0, 1],
    );
    assert.equal(asked.filter(({ method }) => method === 'eth_getCode').length, 1);
    asked = [];
    await slot(fresh, TAG);
    assert.deepEqual(
      asked.map(({ method }) => method).filter((method) => !/^(?:hsk_|eth_getBlock)/.test(method)),
      ['eth_createAccessList'],
    );
    fresh.stop();
  });

  it('where no EVM was given the call is refused', async () => {
    const bare = chains.client();
    await bare.start(chains.firstProfile);
    await until(bare, live);
    await assert.rejects(slot(bare, TAG), refuses('EVM_UNAVAILABLE'));
    bare.stop();
  });
});
