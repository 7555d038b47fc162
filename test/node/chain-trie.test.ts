import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MerklePatriciaTrie, createMerkleProof } from '@ethereumjs/mpt';
import { keccak256, numberToHex } from 'viem';
import { toBytes, toHex } from '../../src/node/chain/bytes.ts';
import { EMPTY_ROOT, type NodeStore, readTrie } from '../../src/node/chain/trie.ts';
import { updateTrie } from '../../src/node/chain/trie-update.ts';

function memory(): NodeStore & { nodes: Map<string, Uint8Array> } {
  const nodes = new Map<string, Uint8Array>();
  return { nodes, get: (key) => nodes.get(key), put: (key, value) => void nodes.set(key, value) };
}

/** The same numbers in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Keys that share long prefixes, so that extensions split and branches fold up. */
function keyOf(number: number, crowded: boolean): Uint8Array {
  if (!crowded) return toBytes(keccak256(numberToHex(number, { size: 4 })));
  const key = new Uint8Array(32);
  key[number % 3 === 0 ? 3 : 30] = number;
  key[31] = number % 5;
  return key;
}

for (const crowded of [false, true])
  test(`a batch gives the root, the values and the proofs of ethereumjs, keys ${crowded ? 'crowded' : 'spread'}`, async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = generator(seed);
      const store = memory();
      const reference = new MerklePatriciaTrie();
      let root = EMPTY_ROOT;
      for (let round = 0; round < 25; round++) {
        const changes = new Map<string, { key: Uint8Array; value: Uint8Array | undefined }>();
        // Now and then everything goes: what is left last is a leaf, then nothing.
        const deleting = round % 8 === 7 ? 1 : random(3) / 3;
        for (let count = deleting === 1 ? 120 : random(40); count > 0; count--) {
          const key = keyOf(deleting === 1 ? count : random(120), crowded);
          const value =
            random(1000) / 1000 < deleting ? undefined : new Uint8Array(1 + random(70)).fill(count);
          changes.set(toHex(key), { key, value });
        }
        root = updateTrie(store, root, [...changes.values()]);
        for (const { key, value } of changes.values())
          await (value ? reference.put(key, value) : reference.del(key));
        assert.equal(toHex(root), toHex(reference.root()), `seed ${seed}, round ${round}`);
      }
      for (let number = 0; number < 130; number++) {
        const key = keyOf(number, crowded);
        const proof: string[] = [];
        const value = readTrie(store, root, key, (node) => proof.push(toHex(node)));
        assert.deepEqual(value && toHex(value), await valueOf(reference, key));
        const nodes = await createMerkleProof(reference, key);
        assert.deepEqual(
          proof,
          nodes.filter((node, depth) => depth === 0 || node.length >= 32).map((node) => toHex(node)),
        );
      }
    }
  });

test('a missing node is an error, never an absent key', () => {
  const store = memory();
  const keys = Array.from({ length: 40 }, (_, number) => keyOf(number, false));
  const root = updateTrie(
    store,
    EMPTY_ROOT,
    keys.map((key) => ({ key, value: key })),
  );
  assert.deepEqual(readTrie(store, root, keys[7]!), keys[7]);
  store.nodes.clear();
  assert.throws(() => readTrie(store, root, keys[7]!), { code: 'STORE_NODE_MISSING' });
  assert.throws(() => updateTrie(store, root, [{ key: keys[7]!, value: undefined }]), {
    code: 'STORE_NODE_MISSING',
  });
});

async function valueOf(trie: MerklePatriciaTrie, key: Uint8Array): Promise<string | undefined> {
  const value = await trie.get(key);
  return value ? toHex(value) : undefined;
}
