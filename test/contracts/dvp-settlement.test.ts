import assert from 'node:assert/strict';
import { beforeEach, before, test } from 'node:test';
import { type Abi, type Address, type Hex, keccak256, stringToHex, zeroAddress, zeroHash } from 'viem';
import { dvPSettlementAbi } from '../../src/contracts/abi/DvPSettlement.ts';
import { compile } from '../../src/contracts/compile.ts';
import { RECEIVE_WITH_AUTHORIZATION_TYPES, stablecoinDomain } from '../../src/protocol/eip3009.ts';
import {
  fillCost,
  fillNonce,
  type Order,
  ORDER_TYPES,
  orderDomain,
  orderHash,
} from '../../src/protocol/order.ts';
import { MarketChain, owner, seller } from './market-chain.ts';
import { account, type Contract, event, refused } from './support.ts';

const CHAIN_ID = 31178;
const buyer = account('buyer');
const stranger = account('stranger');
const payout = account('payout');
const UNIT = 1_000_000n;
const PRICE = 10_123_457n; // 10.123457 dollars a unit

let market: MarketChain;
let salts = 0;

before(async () => {
  market = await MarketChain.open();
  await market.welcome(buyer, 'buyer');
});

beforeEach(async () => {
  await market.chain.send(owner, market.dollar, 'mint', [buyer.address, 1_000n * UNIT]);
});

const salt = () => keccak256(stringToHex(`salt ${salts++}`));

function order(change: Partial<Order> = {}): Order {
  return {
    seller: seller.address,
    buyer: zeroAddress,
    asset: market.fund.address,
    payment: market.dollar.address,
    price: PRICE,
    maxQuantity: 50n * UNIT,
    minFill: UNIT,
    validAfter: market.chain.timestamp,
    validUntil: market.chain.timestamp + 300n,
    salt: salt(),
    primary: true,
    termsHash: keccak256(stringToHex('terms')),
    payout: payout.address,
    ...change,
  };
}

const signOrder = (value: Order, by = seller) =>
  by.signTypedData({
    domain: orderDomain(CHAIN_ID, market.settlement.address),
    types: ORDER_TYPES,
    primaryType: 'Order',
    message: value,
  });

interface FillChange {
  by?: typeof buyer;
  orderSignature?: Hex;
  /** What the buyer's authorisation is for, where that differs from the fill. */
  paid?: { quantity?: bigint; value?: bigint; to?: Address; fillSalt?: Hex };
  fillSalt?: Hex;
}

async function fill(value: Order, quantity: bigint, change: FillChange = {}) {
  const { by = buyer, paid = {}, fillSalt = salt() } = change;
  const hash = orderHash(CHAIN_ID, market.settlement.address, value);
  const validBefore = market.chain.timestamp + 300n;
  const signature = await by.signTypedData({
    domain: stablecoinDomain(CHAIN_ID, market.dollar.address),
    types: RECEIVE_WITH_AUTHORIZATION_TYPES,
    primaryType: 'ReceiveWithAuthorization',
    message: {
      from: by.address,
      to: paid.to ?? market.settlement.address,
      value: paid.value ?? fillCost(value.price, quantity, 6),
      validAfter: 0n,
      validBefore,
      nonce: fillNonce(hash, by.address, paid.quantity ?? quantity, paid.fillSalt ?? fillSalt),
    },
  });
  const orderSignature = change.orderSignature ?? (await signOrder(value));
  return market.chain.send(by, market.settlement, 'settle', [
    value,
    orderSignature,
    quantity,
    fillSalt,
    { validAfter: 0n, validBefore, signature },
  ]);
}

test('the contract and the protocol agree on hash, nonce and cost', async () => {
  const value = order();
  const { chain, settlement } = market;
  const hash = orderHash(CHAIN_ID, settlement.address, value);
  assert.equal(await chain.read(settlement, 'orderHash', [value]), hash);
  assert.equal(
    await chain.read(settlement, 'fillNonce', [hash, buyer.address, 7n, zeroHash]),
    fillNonce(hash, buyer.address, 7n, zeroHash),
  );
  for (const quantity of [1n, 999_999n, UNIT, 3_333_333n])
    assert.equal(await chain.read(settlement, 'fillCost', [value, quantity]), fillCost(PRICE, quantity, 6));
});

test('cash and units move together, the cost rounded up', async () => {
  const value = order();
  const quantity = 3_333_333n;
  const cost = fillCost(PRICE, quantity, 6);
  const cash = await market.cash(buyer.address);
  const first = await fill(value, quantity);
  const later = await fill(value, quantity);
  console.log(`settle: ${first.gas} gas the first fill, ${later.gas} the second`);
  assert.equal(await market.units(buyer.address), 2n * quantity);
  assert.equal(await market.cash(buyer.address), cash - 2n * cost);
  assert.equal(await market.cash(payout.address), 2n * cost);
  assert.equal(await market.cash(market.settlement.address), 0n);
  const hash = orderHash(CHAIN_ID, market.settlement.address, value);
  assert.equal(await market.chain.read(market.settlement, 'filled', [hash]), 2n * quantity);
  assert.deepEqual(event(first, dvPSettlementAbi, 'Settled'), {
    orderHash: hash,
    buyer: buyer.address,
    asset: market.fund.address,
    seller: seller.address,
    quantity,
    cost,
    termsHash: value.termsHash,
  });
});

test('an order is taken by whom, when and for how much its seller said', async () => {
  const now = market.chain.timestamp;
  await refused(fill(order({ buyer: stranger.address }), UNIT), 'BuyerMismatch');
  await refused(fill(order({ validAfter: now + 60n }), UNIT), 'OrderNotYetValid');
  await refused(fill(order({ validUntil: market.chain.timestamp + 2n }), UNIT), 'OrderExpired');
  await refused(fill(order(), UNIT - 1n), 'QuantityBelowMinimum');
  await refused(fill(order({ minFill: 0n }), 0n), 'QuantityBelowMinimum');
  await refused(fill(order(), 51n * UNIT), 'QuantityAboveRemaining');
  await refused(fill(order({ price: 0n }), UNIT), 'CostIsZero');
});

test('the rest of an order may be smaller than its minimum', async () => {
  const value = order({ maxQuantity: 5n * UNIT, minFill: 3n * UNIT });
  await fill(value, 3n * UNIT);
  await refused(fill(value, UNIT), 'QuantityBelowMinimum');
  await refused(fill(value, 3n * UNIT), 'QuantityAboveRemaining');
  await fill(value, 2n * UNIT);
});

test('signatures of somebody else, or over something else', async () => {
  const value = order();
  await refused(
    fill(value, UNIT, { orderSignature: await signOrder(value, stranger) }),
    'OrderSignatureInvalid',
  );
  await refused(
    fill({ ...value, price: 1n }, UNIT, { orderSignature: await signOrder(value) }),
    'OrderSignatureInvalid',
  );
  for (const paid of [
    { quantity: 2n * UNIT },
    { value: 1n },
    { to: stranger.address },
    { fillSalt: zeroHash },
  ])
    await refused(fill(value, UNIT, { paid }), 'ERC3009InvalidSignature');
});

test('one authorisation pays for one fill', async () => {
  const value = order();
  const fillSalt = salt();
  await fill(value, UNIT, { fillSalt });
  await refused(fill(value, UNIT, { fillSalt }), 'ERC3009UsedAuthorization');
});

test('a buyer who may not hold the fund pays nothing', async () => {
  await market.chain.send(owner, market.dollar, 'mint', [stranger.address, 100n * UNIT]);
  await refused(fill(order(), UNIT, { by: stranger }), 'ERC7943CannotReceive');
  assert.equal(await market.cash(stranger.address), 100n * UNIT);
});

test('a buyer without the cash gets nothing', async () => {
  const units = await market.units(buyer.address);
  await refused(fill(order({ price: 10n ** 12n }), UNIT), 'ERC20InsufficientBalance');
  assert.equal(await market.units(buyer.address), units);
});

test('only listed sellers sell new units', async () => {
  const value = order({ seller: stranger.address });
  const orderSignature = await signOrder(value, stranger);
  await refused(fill(value, UNIT, { orderSignature }), 'SellerNotPrimary');
  await refused(
    market.chain.send(stranger, market.settlement, 'setPrimarySeller', [
      market.fund.address,
      stranger.address,
      true,
    ]),
    'OwnableUnauthorizedAccount',
  );
});

test('an order is cancelled by its seller alone', async () => {
  const value = order();
  await refused(market.chain.send(stranger, market.settlement, 'cancelOrder', [value]), 'CallerNotSeller');
  await market.chain.send(seller, market.settlement, 'cancelOrder', [value]);
  await refused(fill(value, UNIT), 'OrderIsCancelled');
});

test('a paused asset is not settled', async () => {
  const pause = (paused: boolean) =>
    market.chain.send(owner, market.settlement, 'setAssetPaused', [market.fund.address, paused]);
  await pause(true);
  await refused(fill(order(), UNIT), 'AssetIsPaused');
  await pause(false);
  await fill(order(), UNIT);
});

test('a holder sells its own units on the secondary market', async () => {
  const second = account('second buyer');
  await market.welcome(second, 'second buyer');
  await market.chain.send(owner, market.dollar, 'mint', [second.address, 100n * UNIT]);
  const value = order({ seller: buyer.address, primary: false, payout: buyer.address });
  const orderSignature = await signOrder(value, buyer);
  await refused(fill(value, UNIT, { by: second, orderSignature }), 'ERC20InsufficientAllowance');
  await market.chain.send(buyer, market.fund, 'approve', [market.settlement.address, UNIT]);
  const held = await market.units(buyer.address);
  await fill(value, UNIT, { by: second, orderSignature });
  assert.equal(await market.units(second.address), UNIT);
  assert.equal(await market.units(buyer.address), held - UNIT);
});

test('a contract account sells by ERC-1271', async () => {
  const { abi, bytecode } = compile(['test/contracts/OwnedAccount.sol']).OwnedAccount!;
  const desk = (await market.chain.deploy(abi as Abi, bytecode, [stranger.address])) as Contract<Abi>;
  await market.chain.send(owner, market.settlement, 'setPrimarySeller', [
    market.fund.address,
    desk.address,
    true,
  ]);
  const value = order({ seller: desk.address });
  await refused(
    fill(value, UNIT, { orderSignature: await signOrder(value, seller) }),
    'OrderSignatureInvalid',
  );
  await fill(value, UNIT, { orderSignature: await signOrder(value, stranger) });
});

test('a payee that cannot be paid does not hold up the buyer', async () => {
  // A token that refuses to pay the zero address stands for one that blacklists the payee.
  const value = order({ payout: zeroAddress });
  const sent = await fill(value, UNIT);
  const cost = fillCost(PRICE, UNIT, 6);
  const kept = event(sent, dvPSettlementAbi, 'ProceedsKept');
  assert.deepEqual([kept['payee'], kept['amount']], [zeroAddress, cost]);
  assert.equal(
    await market.chain.read(market.settlement, 'proceeds', [market.dollar.address, zeroAddress]),
    cost,
  );
  await refused(
    market.chain.send(stranger, market.settlement, 'withdrawProceeds', [
      market.dollar.address,
      stranger.address,
    ]),
    'NoProceeds',
  );
});
