import { createBlockFromRPC } from '@ethereumjs/block';
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import { createMPT, verifyMerkleProof } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Abi,
  type Address,
  encodeFunctionData,
  type Hex,
  hexToBytes,
  parseTransaction,
  recoverAddress,
  recoverTransactionAddress,
  toHex,
  type TransactionSerialized,
} from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { decodeQbftExtra, QBFT_MIX_HASH, qbftBlockHash, qbftSealHash } from '../../src/protocol/qbft.ts';
import { headerHash } from '../../src/protocol/header.ts';
import { type Chain, openExecutionChain, openMainchain } from '../../src/node/chain/chain.ts';
import { orderedTrieRoot } from '../../src/node/chain/trie-root.ts';
import { compileProbe } from './chain-contracts.ts';
import {
  clientOf,
  funded,
  signTransfer,
  temporaryDirectory,
  testAccount,
  VALIDATOR_KEYS,
} from './chain-fixture.ts';

const alice = testAccount('alice');
const SINK = '0x00000000000000000000000000000000000005ee';
const { abi, bytecode } = compileProbe();
const chains: Record<string, { chain: Chain; probe: Address }> = {};

before(async () => {
  const alloc = funded(alice);
  const opened = {
    execution: await openExecutionChain({
      directory: await temporaryDirectory(undefined),
      alloc,
      gatherMs: 300,
    }),
    mainchain: await openMainchain({
      directory: await temporaryDirectory(undefined),
      alloc,
      validatorKeys: VALIDATOR_KEYS,
      periodSeconds: 1,
    }),
  };
  for (const [name, chain] of Object.entries(opened)) {
    const client = clientOf(chain, alice);
    const hash = await client.deployContract({ abi: abi as Abi, bytecode });
    const receipt = await client.waitForTransactionReceipt({ hash });
    for (let round = 0; round < 4; round++) {
      const nonce = await client.getTransactionCount({ address: alice.address, blockTag: 'pending' });
      const raws = await Promise.all(
        Array.from({ length: round * round * 15 }, (_, index) =>
          index % 2
            ? signTransfer(alice, chain.chainId, nonce + index, SINK)
            : alice.signTransaction({
                type: 'legacy',
                chainId: chain.chainId,
                nonce: nonce + index,
                to: receipt.contractAddress!,
                data: encodeFunctionData({
                  abi: abi as Abi,
                  functionName: 'fill',
                  args: [BigInt(index), 2n, 1n],
                }),
                gas: 200_000n,
                gasPrice: 10_000_000_000n,
              }),
        ),
      );
      await Promise.all(raws.map((raw) => chain.request('eth_sendRawTransaction', [raw])));
      await chain.produce();
    }
    chains[name] = { chain, probe: receipt.contractAddress! };
  }
});

after(async () => {
  for (const { chain } of Object.values(chains)) await chain.close();
});

function blocks(chain: Chain) {
  const all = [];
  for (let number = 0n; number <= chain.head().header.number; number++) all.push(chain.block(number)!);
  return all;
}

test('an ordered trie agrees with ethereumjs for every size', async () => {
  for (const size of [0, 1, 2, 3, 15, 16, 17, 127, 128, 129, 256, 257, 400]) {
    const values = Array.from({ length: size }, (_, index) =>
      hexToBytes(toHex(index ** 3 + 7, { size: 1 + (index % 90) + 4 })),
    );
    const trie = await createMPT();
    for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value);
    assert.equal(toHex(orderedTrieRoot(values)), toHex(trie.root()), `${size} values`);
  }
});

for (const name of ['execution', 'mainchain']) {
  test(`${name}: blocks as viem and ethereumjs read them`, async () => {
    const { chain } = chains[name]!;
    const common = createCustomCommon({ chainId: chain.chainId }, Mainnet, { hardfork: Hardfork.Prague });
    let parent: Hex = `0x${'00'.repeat(32)}`;
    for (const block of blocks(chain)) {
      const json = (await chain.request('eth_getBlockByHash', [block.hash, true])) as Record<string, unknown>;
      assert.equal(json.hash, block.hash);
      assert.equal(json.parentHash, parent);
      parent = block.hash;
      for (const [index, raw] of block.transactions.entries()) {
        const parsed = parseTransaction(raw);
        const serializedTransaction = raw as TransactionSerialized;
        assert.equal(
          (await recoverTransactionAddress({ serializedTransaction })).toLowerCase(),
          block.senders[index],
        );
        const shown = (json.transactions as { nonce: Hex; to: Hex; input: Hex }[])[index]!;
        assert.equal(Number(shown.nonce), parsed.nonce ?? 0);
        assert.equal(shown.input, parsed.data ?? '0x');
      }
      const bare = (await chain.request('eth_getBlockByHash', [block.hash, false])) as Record<
        string,
        unknown
      >;
      if (name === 'execution') {
        const theirs = createBlockFromRPC({ ...json } as never, [], { common, setHardfork: false });
        assert.equal(toHex(theirs.hash()), block.hash, 'ethereumjs hashes the same header');
        assert.ok(await theirs.transactionsTrieIsValid());
        assert.equal(headerHash(block.header), block.hash);
      } else {
        // A QBFT hash is not the standard one, and its extraData is longer than ethereumjs allows.
        const theirs = createBlockFromRPC({ ...json, extraData: '0x', difficulty: '0x0' } as never, [], {
          common,
          setHardfork: false,
        });
        assert.ok(await theirs.transactionsTrieIsValid());
        assert.equal(qbftBlockHash(block.header), block.hash);
      }
      assert.deepEqual(bare.transactions, block.transactionHashes);
      const receipts = await createMPT();
      for (const [index, receipt] of block.receipts.entries())
        await receipts.put(RLP.encode(index), hexToBytes(receipt));
      assert.equal(toHex(receipts.root()), block.header.receiptsRoot);
    }
    assert.ok(
      blocks(chain).some((block) => block.transactions.length > 30),
      'there was a large block',
    );
  });

  test(`${name}: BLOCKHASH and EIP-2935 give the chain's own hashes`, async () => {
    const { chain, probe } = chains[name]!;
    const client = clientOf(chain, alice);
    await client.waitForTransactionReceipt({
      hash: await client.writeContract({
        address: probe,
        abi: abi as Abi,
        functionName: 'remember',
        args: [1n],
      }),
    });
    for (const back of [1n, 3n]) {
      const blockNumber = await client.getBlockNumber();
      const [opcode, stored] = (await client.readContract({
        address: probe,
        abi: abi as Abi,
        functionName: 'hashes',
        args: [back],
        blockNumber,
      })) as [Hex, Hex];
      const expected = chain.block(blockNumber - back)!.hash;
      assert.equal(opcode, expected);
      assert.equal(stored, expected);
    }
    const log = await client.getStorageAt({ address: probe, slot: toHex(3, { size: 32 }) });
    const receiptBlock = blocks(chain).findLast((block) => block.transactions.length === 1)!;
    assert.equal(log, receiptBlock.header.parentHash, 'inside a transaction as well');
  });

  test(`${name}: EIP-4788 answers for the newest timestamp`, async () => {
    const { chain, probe } = chains[name]!;
    const client = clientOf(chain, alice);
    const block = await client.getBlock();
    const ask = (timestamp: bigint) =>
      client.readContract({
        address: probe,
        abi: abi as Abi,
        functionName: 'beaconRoot',
        args: [timestamp],
        blockNumber: block.number,
      });
    assert.deepEqual(await ask(block.timestamp), [true, `0x${'00'.repeat(32)}`]);
    assert.deepEqual(await ask(block.timestamp + 1n), [false, '0x']);
  });

  test(`${name}: proofs of presence and absence at any block`, async () => {
    const { chain, probe } = chains[name]!;
    const slots = [0n, 1n, 2n, 3n, 12345n].map((slot) => toHex(slot, { size: 32 }));
    for (const block of blocks(chain))
      for (const address of [
        alice.address.toLowerCase() as Address,
        SINK,
        probe,
        '0x00000000000000000000000000000000deadbeef' as Address,
      ]) {
        const proof = (await chain.request('eth_getProof', [address, slots, toHex(block.header.number)])) as {
          nonce: Hex;
          balance: Hex;
          storageHash: Hex;
          codeHash: Hex;
          accountProof: Hex[];
          storageProof: { key: Hex; value: Hex; proof: Hex[] }[];
        };
        const leaf = await verifyMerkleProof(
          hexToBytes(address as Address),
          proof.accountProof.map((node) => hexToBytes(node)),
          {
            useKeyHashing: true,
            root: hexToBytes(block.header.stateRoot),
          },
        );
        const quantity = (value: Hex) =>
          BigInt(value) === 0n
            ? new Uint8Array()
            : hexToBytes(value.length % 2 ? `0x0${value.slice(2)}` : value);
        const claimed = RLP.encode([
          quantity(proof.nonce),
          quantity(proof.balance),
          hexToBytes(proof.storageHash),
          hexToBytes(proof.codeHash),
        ]);
        if (leaf) assert.equal(toHex(leaf), toHex(claimed));
        else assert.equal(proof.nonce + proof.balance, '0x00x0');
        for (const { key, value, proof: nodes } of proof.storageProof) {
          if (nodes.length === 0) {
            assert.equal(value, '0x0');
            continue;
          }
          const stored = await verifyMerkleProof(
            hexToBytes(key),
            nodes.map((node) => hexToBytes(node)),
            {
              useKeyHashing: true,
              root: hexToBytes(proof.storageHash),
            },
          );
          assert.equal(
            stored ? toHex(RLP.decode(stored) as Uint8Array) : '0x',
            BigInt(value) === 0n ? '0x' : toHex(quantity(value)),
          );
        }
      }
  });
}

test('four seals of every mainchain block recover to the four validators, and genesis has none', async () => {
  const validators = VALIDATOR_KEYS.map((key) => privateKeyToAddress(key).toLowerCase()).toSorted();
  for (const { header } of blocks(chains.mainchain!.chain)) {
    const extra = decodeQbftExtra(header.extraData);
    assert.deepEqual(extra.validators, validators);
    assert.equal(extra.round, 0n);
    assert.equal(header.mixHash, QBFT_MIX_HASH);
    assert.equal(header.difficulty, 1n);
    if (header.number === 0n) {
      assert.equal(extra.seals.length, 0);
      continue;
    }
    const hash = qbftSealHash(header);
    const signers = await Promise.all(
      extra.seals.map((seal) => {
        const v = Number(`0x${seal.slice(130)}`);
        assert.ok(v === 0 || v === 1);
        return recoverAddress({ hash, signature: `${seal.slice(0, 130)}${(27 + v).toString(16)}` as Hex });
      }),
    );
    assert.deepEqual(signers.map((signer) => signer.toLowerCase()).toSorted(), validators);
  }
});

test('timestamps: the mainchain moves on, the execution chain never goes back', () => {
  for (const [name, { chain }] of Object.entries(chains)) {
    const times = blocks(chain).map(({ header }) => header.timestamp);
    for (let index = 1; index < times.length; index++) {
      const step = times[index]! - times[index - 1]!;
      assert.ok(name === 'mainchain' ? step > 0n : step >= 0n);
    }
  }
});
