import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Abi, type Address, encodeFunctionData, getContractAddress, type Hex, numberToHex } from 'viem';
import type { EvmTask, ProvenSource } from '../../src/evm/evm-api.ts';
import { runCall } from '../../src/evm/run-call.ts';
import { HskError } from '../../src/protocol/errors.ts';
import type { Header } from '../../src/protocol/header.ts';
import { headerFromRpc } from '../../src/protocol/header-from-rpc.ts';
import { ask } from '../hostile/lying-peer.ts';
import { anvilBinary, startAnvil } from '../node/chain-anvil.ts';
import { compileProbe } from '../node/chain-contracts.ts';
import { testAccount } from '../node/chain-fixture.ts';

/** The same calls on the same state in another EVM: what ours computes is not only what our own node computes. */
const CHAIN_ID = 31178;
const { abi, bytecode } = compileProbe();
const alice = testAccount('alice');
const binary = anvilBinary();
assert.ok(binary, 'anvil for this platform comes with npm ci');

let anvil: Awaited<ReturnType<typeof startAnvil>>;
let probe: Address;
let header: Header;
const rpc = (method: string, ...params: unknown[]) => ask(anvil.url, method, ...params);
const encode = (functionName: string, args: unknown[] = []) =>
  encodeFunctionData({ abi: abi as Abi, functionName, args });

before(async () => {
  anvil = await startAnvil(binary, ['--chain-id', String(CHAIN_ID), '--gas-limit', '60000000']);
  await rpc('anvil_setBalance', alice.address, numberToHex(10n ** 24n));
  const send = async (nonce: number, transaction: { to?: Address; data: Hex }) => {
    const fees = { gas: 8_000_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 0n };
    await rpc(
      'eth_sendRawTransaction',
      await alice.signTransaction({ chainId: CHAIN_ID, nonce, type: 'eip1559', ...fees, ...transaction }),
    );
  };
  await send(0, { data: bytecode });
  probe = getContractAddress({ from: alice.address, nonce: 0n }).toLowerCase() as Address;
  await send(1, { to: probe, data: encode('fill', [1n, 8n, 7n]) });
  await rpc('anvil_mine', '0x4');
  header = headerFromRpc(await rpc('eth_getBlockByNumber', 'latest', false));
});
after(() => anvil.stop());

/** anvil's word: here it is the EVM that is judged, and not the proofs. */
const source: ProvenSource = {
  async state(address, slots) {
    const { nonce, balance, storageHash, codeHash, storageProof } = await rpc(
      'eth_getProof',
      address,
      slots,
      'latest',
    );
    return {
      address,
      nonce: BigInt(nonce),
      balance: BigInt(balance),
      storageRoot: storageHash,
      codeHash,
      slots: slots.map((slot, index): [Hex, bigint] => [slot, BigInt(storageProof[index].value)]),
    };
  },
  code: (address) => rpc('eth_getCode', address, 'latest'),
  blockHash: async (number) => (await rpc('eth_getBlockByNumber', numberToHex(number), false)).hash,
};

const word = (value: number) => numberToHex(value, { size: 32 });
const CALLS: Record<string, [string, unknown[]?]> = {
  'a slot': ['slots', [3n]],
  'hashes of earlier blocks': ['hashes', [3n]],
  'many writes': ['fill', [5n, 20n, 9n]],
  refunds: ['clear', [1n, 8n]],
  'dirty slots': ['dirty', [2n]],
  'a nested revert': ['nested', [40n]],
  'a created contract': ['make', [5n]],
  'one at a salted address': ['make2', [word(1), 5n]],
  'transient storage': ['transient_', [5n]],
  'deep calls': ['deep', [12n]],
  'the classic precompiles': ['precompiles', [word(1), 27, word(5), word(6)]],
  'a pairing': ['call', ['0x0000000000000000000000000000000000000008', '0x']],
  'a sum on BLS12-381': ['call', ['0x000000000000000000000000000000000000000b', `0x${'00'.repeat(256)}`]],
  'a custom error': ['refuse', [4n]],
  'an invalid opcode': ['bad'],
};

describe('the local EVM beside anvil’s', () => {
  for (const [name, [functionName, args]] of Object.entries(CALLS))
    it(name, async () => {
      const call = { from: alice.address, to: probe, data: encode(functionName, args) };
      const task = (method: EvmTask['method']): EvmTask => ({
        method,
        chainId: CHAIN_ID,
        header,
        params: [call],
        state: [],
      });
      const theirs = await rpc('eth_call', call, 'latest').catch(() => undefined);
      if (theirs === undefined)
        return assert.rejects(runCall(task('eth_call'), source), (error: unknown) => {
          assert.ok(error instanceof HskError);
          return /^CALL_(?:REVERTED|FAILED)$/.test(error.code);
        });
      assert.equal(await runCall(task('eth_call'), source), theirs);
      // It does with any gas, less deep: there is no least.
      if (functionName === 'deep') return;
      // Both search for the least gas; ours to 1.5 %.
      const [ours, least] = [
        BigInt(await runCall(task('eth_estimateGas'), source)),
        BigInt(await rpc('eth_estimateGas', call, 'latest')),
      ];
      const apart = ours > least ? ours - least : least - ours;
      assert.ok(apart * 100n <= least * 2n, `${ours} and ${least}`);
    });
});
