import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import { Account, Address } from '@ethereumjs/util';
import { toHex } from '../../src/node/chain/bytes.ts';
import { chainCommon } from '../../src/node/chain/common.ts';
import { openState, scratchStore } from '../../src/node/chain/state.ts';

/** The same numbers in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const addresses = Array.from({ length: 12 }, (_, index) => new Address(new Uint8Array(20).fill(index + 1)));
const slots = Array.from({ length: 6 }, (_, index) => new Uint8Array(32).fill(index + 1));

test('random writes, checkpoints and reverts leave what ethereumjs’ own state leaves', async () => {
  const common = chainCommon(31178);
  for (let seed = 1; seed <= 8; seed++) {
    const random = generator(seed);
    const nodes = new Map<string, Uint8Array>();
    const store = scratchStore({
      get: (key) => nodes.get(key),
      put: (key, value) => void nodes.set(key, value),
    });
    const ours = openState(store);
    const reference = new MerkleStateManager({ common });
    const both = async (act: (state: typeof ours | typeof reference) => Promise<unknown>) => {
      const [seen, expected] = [await act(ours), await act(reference)];
      assert.deepEqual(seen, expected, `seed ${seed}`);
    };
    let depth = 0;
    for (let step = 0; step < 300; step++) {
      const address = addresses[random(addresses.length)]!;
      const slot = slots[random(slots.length)]!;
      const value = new Uint8Array(random(4) === 0 ? 0 : 1 + random(32)).fill(1 + random(255));
      const number = BigInt(random(1000));
      const exists = (await reference.getAccount(address)) !== undefined;
      const action = random(12);
      if (action < 3) await both((state) => write(state, address, exists, number));
      else if (action < 6 && exists) await both((state) => state.putStorage(address, slot, value));
      else if (action === 6 && exists) await both((state) => state.putCode(address, value));
      else if (action === 7 && random(3) === 0) await both((state) => state.deleteAccount(address));
      else if (action === 8 && exists && random(3) === 0) await both((state) => state.clearStorage(address));
      else if (action === 9 && depth < 4) {
        depth++;
        await both((state) => state.checkpoint());
      } else if (action >= 10 && depth > 0) {
        depth--;
        await both((state) => (action === 10 ? state.commit() : state.revert()));
      }
      await both(async (state) => {
        const account = await state.getAccount(address);
        return account && [account.nonce, account.balance, toHex(account.codeHash)];
      });
      await both(async (state) => toHex(await state.getStorage(address, slot)));
      await both(async (state) => toHex(await state.getCode(address)));
      if (depth === 0) await both(async (state) => toHex(await state.getStateRoot()));
      if (depth === 0 && random(10) === 0) ours.clearCaches();
    }
    while (depth-- > 0) await both((state) => state.commit());
    const root = await ours.getStateRoot();
    assert.equal(toHex(root), toHex(await reference.getStateRoot()));
    const again = openState(store, root);
    for (const address of addresses)
      for (const slot of slots)
        assert.equal(
          toHex(await again.getStorage(address, slot)),
          toHex(await reference.getStorage(address, slot)),
        );
  }
});

/** As the EVM does it: an account that is made anew begins with empty storage. */
async function write(
  state: ReturnType<typeof openState> | MerkleStateManager,
  address: Address,
  exists: boolean,
  number: bigint,
): Promise<void> {
  const account = (await state.getAccount(address)) ?? new Account();
  account.nonce = number;
  account.balance += number * 10n ** 15n;
  await state.putAccount(address, account);
  if (!exists) await state.clearStorage(address);
}

test('a state with an open checkpoint has no root, and a slot needs an account', async () => {
  const state = openState(scratchStore({ get: () => undefined, put: () => undefined }));
  await assert.rejects(state.putStorage(addresses[0]!, slots[0]!, new Uint8Array(1)), {
    code: 'CHAIN_STATE_MISUSED',
  });
  await state.checkpoint();
  await state.putAccount(addresses[0]!, new Account(1n, 1n));
  await assert.rejects(state.getStateRoot(), { code: 'CHAIN_STATE_MISUSED' });
});
