import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeFunctionData, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { stablecoinDomain, TRANSFER_WITH_AUTHORIZATION_TYPES } from '../../src/protocol/eip3009.ts';
import { people } from './access-fixture.ts';
import { openPrivateChain, type PrivateChain, SINK } from './access-private-fixture.ts';

/** Who pays for whom: the account that signs what is to happen need not be the one that sends it. */
const { alice, bob } = people;
let node: PrivateChain;

before(async () => {
  node = await openPrivateChain();
});
after(() => node.close());

const balance = async (account: Hex) =>
  BigInt((await node.chain.request('eth_getBalance', [account])) as Hex);

test('an EIP-3009 payment of an account without a coin, sent and paid for by a facilitator', async () => {
  const payer = privateKeyToAccount(generatePrivateKey());
  const transfer = encodeFunctionData({
    abi: hongKongDollarAbi,
    functionName: 'transfer',
    args: [payer.address, 700n],
  });
  assert.equal(await node.execute(alice, { to: node.token, data: transfer }), '0x1');
  const authorization = {
    from: payer.address,
    to: SINK,
    value: 700n,
    validAfter: 0n,
    validBefore: BigInt(node.clock.now) + 600n,
    nonce: `0x${'07'.repeat(32)}` as Hex,
  };
  const signature = await payer.signTypedData({
    domain: stablecoinDomain(node.chain.chainId, node.token),
    types: TRANSFER_WITH_AUTHORIZATION_TYPES,
    primaryType: 'TransferWithAuthorization',
    message: authorization,
  });
  const { from, to, value, validAfter, validBefore, nonce } = authorization;
  const data = encodeFunctionData({
    abi: hongKongDollarAbi,
    functionName: 'transferWithAuthorization',
    args: [from, to, value, validAfter, validBefore, nonce, signature],
  });
  assert.equal(await node.execute(bob, { to: node.token, data }), '0x1');
  assert.equal(await balance(payer.address), 0n, 'not a wei was needed');
  // It is the payer's own transfer all the same: its session shows it.
  const session = await node.signIn(payer);
  const { transactionHashes } = node.chain.head();
  const receipt = await node.call('eth_getTransactionReceipt', [transactionHashes[0]], session);
  assert.ok(receipt.result);
});

test('an EIP-7702 delegation of an account without a coin, sent and paid for by a sponsor', async () => {
  const account = privateKeyToAccount(generatePrivateKey());
  const authorization = await account.signAuthorization({
    contractAddress: node.token,
    chainId: node.chain.chainId,
    nonce: 0,
  });
  const nonce = Number(await node.chain.request('eth_getTransactionCount', [alice.address, 'pending']));
  const sponsored = {
    type: 'eip7702' as const,
    chainId: node.chain.chainId,
    nonce,
    to: account.address,
    gas: 200_000n,
    maxFeePerGas: 10_000_000_000n,
    maxPriorityFeePerGas: 0n,
    authorizationList: [authorization],
  };
  await node.chain.request('eth_sendRawTransaction', [await alice.signTransaction(sponsored)]);
  await node.chain.produce();
  const code = await node.chain.request('eth_getCode', [account.address, 'latest']);
  assert.equal(code, `0xef0100${node.token.slice(2)}`);
  assert.equal(await balance(account.address), 0n);
  // A sponsor has to be permitted to send; the account that signed did not.
  const stranger = await people.stranger.signTransaction({ ...sponsored, nonce: 0 });
  await assert.rejects(node.chain.request('eth_sendRawTransaction', [stranger]), /is not admitted/);
});
