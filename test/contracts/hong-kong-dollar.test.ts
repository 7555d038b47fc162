import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type Hex, keccak256, parseSignature, stringToHex } from 'viem';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { hongKongDollarBytecode } from '../../src/contracts/bytecode/HongKongDollar.ts';
import {
  RECEIVE_WITH_AUTHORIZATION_TYPES,
  STABLECOIN,
  stablecoinDomain,
  TRANSFER_WITH_AUTHORIZATION_TYPES,
  type TransferAuthorization,
} from '../../src/protocol/eip3009.ts';
import { compile } from '../../src/contracts/compile.ts';
import { account, type Contract, refused, TestChain } from './support.ts';

const owner = account('owner');
const payer = account('payer');
const payee = account('payee');
const relayer = account('relayer');

let chain: TestChain;
let token: Contract<typeof hongKongDollarAbi>;

beforeEach(async () => {
  chain = await TestChain.open(31178);
  token = await chain.deploy(hongKongDollarAbi, hongKongDollarBytecode, [owner.address]);
  await chain.send(owner, token, 'mint', [payer.address, 1_000n]);
});

const balance = (who: Hex) => chain.read(token, 'balanceOf', [who]);

function authorization(change: Partial<TransferAuthorization> = {}): TransferAuthorization {
  return {
    from: payer.address,
    to: payee.address,
    value: 300n,
    validAfter: 0n,
    validBefore: chain.timestamp + 60n,
    nonce: keccak256(stringToHex('one')),
    ...change,
  };
}

function sign(message: TransferAuthorization, kind: 'transfer' | 'receive', signer = payer) {
  const domain = stablecoinDomain(31178, token.address);
  return kind === 'transfer'
    ? signer.signTypedData({
        domain,
        types: TRANSFER_WITH_AUTHORIZATION_TYPES,
        primaryType: 'TransferWithAuthorization',
        message,
      })
    : signer.signTypedData({
        domain,
        types: RECEIVE_WITH_AUTHORIZATION_TYPES,
        primaryType: 'ReceiveWithAuthorization',
        message,
      });
}

const fields = ({ from, to, value, validAfter, validBefore, nonce }: TransferAuthorization) =>
  [from, to, value, validAfter, validBefore, nonce] as const;
const parts = (signature: Hex) => {
  const { r, s, yParity } = parseSignature(signature);
  return [27 + yParity, r, s] as const;
};

test('it is what the protocol says of it', async () => {
  assert.equal(await chain.read(token, 'name', []), STABLECOIN.name);
  assert.equal(await chain.read(token, 'symbol', []), STABLECOIN.symbol);
  assert.equal(await chain.read(token, 'decimals', []), STABLECOIN.decimals);
  const [, name, version, chainId, contract] = await chain.read(token, 'eip712Domain', []);
  assert.deepEqual([name, version, chainId, contract], ['Hong Kong Dollar', '1', 31178n, token.address]);
});

test('only minters make and unmake dollars', async () => {
  await refused(chain.send(payer, token, 'mint', [payer.address, 1n]), 'AccessControlUnauthorizedAccount');
  await refused(chain.send(payee, token, 'burn', [payer.address, 1n]), 'AccessControlUnauthorizedAccount');
  await chain.send(owner, token, 'burn', [payer.address, 400n]);
  assert.equal(await chain.read(token, 'totalSupply', []), 600n);
});

test('EIP-3009: anybody submits a transfer authorisation, once, in either spelling of the signature', async () => {
  const first = authorization();
  await chain.send(relayer, token, 'transferWithAuthorization', [
    ...fields(first),
    await sign(first, 'transfer'),
  ]);
  const second = authorization({ nonce: keccak256('0x02') });
  const signature = await sign(second, 'transfer');
  await chain.send(relayer, token, 'transferWithAuthorization', [...fields(second), ...parts(signature)]);
  assert.equal(await balance(payee.address), 600n);
  assert.equal(await chain.read(token, 'authorizationState', [payer.address, second.nonce]), true);
  await refused(
    chain.send(relayer, token, 'transferWithAuthorization', [...fields(second), signature]),
    'ERC3009UsedAuthorization',
  );
});

test('EIP-3009: a receive authorisation is of use to its recipient only', async () => {
  const message = authorization();
  const signature = await sign(message, 'receive');
  await refused(
    chain.send(relayer, token, 'receiveWithAuthorization', [...fields(message), signature]),
    'ERC20InvalidReceiver',
  );
  await refused(
    chain.send(relayer, token, 'transferWithAuthorization', [...fields(message), signature]),
    'ERC3009InvalidSignature',
  );
  await chain.send(payee, token, 'receiveWithAuthorization', [...fields(message), ...parts(signature)]);
  assert.equal(await balance(payee.address), 300n);
});

test('EIP-3009: bounds are seconds and exclusive; bit 47 does not make them block numbers', async () => {
  const submit = async (change: Partial<TransferAuthorization>) => {
    const message = authorization(change);
    const signature = await sign(message, 'transfer');
    return chain.send(relayer, token, 'transferWithAuthorization', [...fields(message), signature]);
  };
  const next = chain.timestamp + 2n;
  await refused(submit({ validBefore: next }), 'ERC3009InvalidAuthorizationTime');
  await refused(
    submit({ validAfter: next + 2n, validBefore: next + 90n }),
    'ERC3009InvalidAuthorizationTime',
  );
  const flag = 1n << 47n;
  await refused(submit({ validAfter: flag, validBefore: flag + 1_000n }), 'ERC3009InvalidAuthorizationTime');
});

test('EIP-3009: another signer, another amount, a cancelled nonce', async () => {
  const message = authorization();
  const submit = (changed: TransferAuthorization, signature: Hex) =>
    chain.send(relayer, token, 'transferWithAuthorization', [...fields(changed), signature]);
  await refused(submit(message, await sign(message, 'transfer', payee)), 'ERC3009InvalidSignature');
  const signature = await sign(message, 'transfer');
  await refused(submit({ ...message, value: 301n }, signature), 'ERC3009InvalidSignature');
  const cancellation = await payer.signTypedData({
    domain: stablecoinDomain(31178, token.address),
    types: {
      CancelAuthorization: [
        { name: 'authorizer', type: 'address' },
        { name: 'nonce', type: 'bytes32' },
      ],
    },
    primaryType: 'CancelAuthorization',
    message: { authorizer: payer.address, nonce: message.nonce },
  });
  await chain.send(relayer, token, 'cancelAuthorization', [payer.address, message.nonce, cancellation]);
  await refused(submit(message, signature), 'ERC3009UsedAuthorization');
});

test('EIP-3009: a contract account answers for its signature by ERC-1271', async () => {
  const { abi, bytecode } = compile(['test/contracts/OwnedAccount.sol']).OwnedAccount!;
  const contract = await chain.deploy(abi as never, bytecode, [payer.address] as never);
  await chain.send(owner, token, 'mint', [contract.address, 50n]);
  const message = authorization({ from: contract.address, value: 50n });
  await refused(
    chain.send(relayer, token, 'transferWithAuthorization', [
      ...fields(message),
      await sign(message, 'transfer', payee),
    ]),
    'ERC3009InvalidSignature',
  );
  const signature = await sign(message, 'transfer');
  await chain.send(relayer, token, 'transferWithAuthorization', [...fields(message), signature]);
  assert.equal(await balance(payee.address), 50n);
});

test('EIP-2612: a permit grants the allowance, once', async () => {
  const deadline = chain.timestamp + 60n;
  const signature = await payer.signTypedData({
    domain: stablecoinDomain(31178, token.address),
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Permit',
    message: { owner: payer.address, spender: payee.address, value: 70n, nonce: 0n, deadline },
  });
  const permit = () =>
    chain.send(relayer, token, 'permit', [payer.address, payee.address, 70n, deadline, ...parts(signature)]);
  await permit();
  await chain.send(payee, token, 'transferFrom', [payer.address, payee.address, 70n]);
  assert.equal(await balance(payee.address), 70n);
  await refused(permit(), 'ERC2612InvalidSigner');
  chain.timestamp += 120n;
  await refused(permit(), 'ERC2612ExpiredSignature');
});
