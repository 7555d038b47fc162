import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Address } from 'viem';
import { fundTokenAbi } from '../../src/contracts/abi/FundToken.ts';
import { admissionScope, nullifier } from '../../src/protocol/zkid.ts';
import { agent, issuer, MarketChain, owner, type Person, SCOPE_TAG } from './market-chain.ts';
import { account, event, refused } from './support.ts';

const alice = account('alice');
const bob = account('bob');
const newBob = account('bob, new phone');
const stranger = account('stranger');
const treasury = account('treasury');

let market: MarketChain;
let bobPerson: Person;

before(async () => {
  market = await MarketChain.open();
  await market.welcome(alice, 'alice');
  bobPerson = await market.welcome(bob, 'bob');
  await market.chain.send(owner, market.fund, 'setIssuerAccount', [treasury.address, true]);
});

type Send = Parameters<MarketChain['chain']['send']>[0];
const mint = (to: Address, amount: bigint) => market.chain.send(agent, market.fund, 'mint', [to, amount]);
const transfer = (from: Send, to: Address, amount: bigint) =>
  market.chain.send(from, market.fund, 'transfer', [to, amount]);
const freeze = (who: Address, amount: bigint) =>
  market.chain.send(agent, market.fund, 'setFrozenTokens', [who, amount]);
const frozen = (who: Address) => market.chain.read(market.fund, 'getFrozenTokens', [who]);
const canTransfer = (from: Address, to: Address, amount: bigint) =>
  market.chain.read(market.fund, 'canTransfer', [from, to, amount]);

test('it says what it is', async () => {
  const { chain, fund } = market;
  assert.equal(await chain.read(fund, 'name', []), 'Harbour Money Market');
  assert.equal(await chain.read(fund, 'symbol', []), 'HMM');
  assert.equal(await chain.read(fund, 'decimals', []), 6);
  assert.equal(await chain.read(fund, 'identityRegistry', []), market.registry.address);
  assert.equal(await chain.read(fund, 'compliance', []), fund.address);
  assert.equal(await chain.read(fund, 'supportsInterface', ['0x3edbb4c4']), true);
  assert.equal(await chain.read(fund, 'supportsInterface', ['0x01ffc9a7']), true);
  assert.equal(await chain.read(fund, 'supportsInterface', ['0xffffffff']), false);
});

test('agents act, the owner names them, nobody else does either', async () => {
  const { chain, fund } = market;
  for (const from of [stranger, owner, alice]) {
    await refused(chain.send(from, fund, 'mint', [alice.address, 1n]), 'CallerNotAgent');
    await refused(chain.send(from, fund, 'burn', [alice.address, 0n]), 'CallerNotAgent');
    await refused(chain.send(from, fund, 'pause', []), 'CallerNotAgent');
    await refused(chain.send(from, fund, 'setFrozenTokens', [alice.address, 1n]), 'CallerNotAgent');
    await refused(chain.send(from, fund, 'setAddressFrozen', [alice.address, true]), 'CallerNotAgent');
    await refused(
      chain.send(from, fund, 'forcedTransfer', [alice.address, bob.address, 0n]),
      'CallerNotAgent',
    );
    await refused(
      chain.send(from, fund, 'recoveryAddress', [alice.address, bob.address, alice.address]),
      'CallerNotAgent',
    );
  }
  await refused(chain.send(agent, fund, 'addAgent', [agent.address]), 'OwnableUnauthorizedAccount');
  await refused(chain.read(fund, 'setCompliance', [alice.address], owner.address), 'ComplianceBuiltIn');
});

test('only admitted wallets and issuer accounts receive', async () => {
  await refused(mint(stranger.address, 1n), 'ERC7943CannotReceive');
  await mint(alice.address, 1_000n);
  await mint(treasury.address, 1_000n);
  await refused(transfer(alice, stranger.address, 1n), 'ERC7943CannotReceive');
  await refused(transfer(stranger, alice.address, 0n), 'ERC7943CannotSend');
  await transfer(alice, bob.address, 100n);
  assert.equal(await market.units(bob.address), 100n);
  assert.equal(await canTransfer(alice.address, bob.address, 10n), true);
  assert.equal(await canTransfer(alice.address, stranger.address, 10n), false);
  assert.equal(await canTransfer(stranger.address, alice.address, 10n), false);
});

test('transferFrom looks at the allowance before anything else', async () => {
  const { chain, fund } = market;
  await refused(
    chain.send(stranger, fund, 'transferFrom', [alice.address, stranger.address, 1n]),
    'ERC20InsufficientAllowance',
  );
  await chain.send(alice, fund, 'approve', [stranger.address, 10n]);
  await refused(
    chain.send(stranger, fund, 'transferFrom', [alice.address, stranger.address, 1n]),
    'ERC7943CannotReceive',
  );
  await chain.send(stranger, fund, 'transferFrom', [alice.address, bob.address, 10n]);
  assert.equal(await chain.read(fund, 'allowance', [alice.address, stranger.address]), 0n);
});

test('frozen units stay; the rest moves; more than the balance is the balance error', async () => {
  const balance = await market.units(alice.address);
  const sent = await freeze(alice.address, balance - 50n);
  assert.deepEqual(event(sent, fundTokenAbi, 'Frozen'), { account: alice.address, amount: balance - 50n });
  assert.equal(await canTransfer(alice.address, bob.address, 51n), false);
  assert.deepEqual(await refused(transfer(alice, bob.address, 51n), 'ERC7943InsufficientUnfrozenBalance'), [
    alice.address,
    51n,
    50n,
  ]);
  await refused(transfer(alice, bob.address, balance + 1n), 'ERC20InsufficientBalance');
  await transfer(alice, bob.address, 50n);
  await freeze(alice.address, 10n ** 20n); // More than is held: later units are withheld too.
  await mint(alice.address, 7n);
  await refused(transfer(alice, bob.address, 1n), 'ERC7943InsufficientUnfrozenBalance');
  await freeze(alice.address, 0n);
});

test("ERC-3643's partial freezes add up and do not go below zero", async () => {
  const { chain, fund } = market;
  const added = await chain.send(agent, fund, 'freezePartialTokens', [alice.address, 30n]);
  assert.deepEqual(event(added, fundTokenAbi, 'TokensFrozen'), { userAddress: alice.address, amount: 30n });
  await chain.send(agent, fund, 'freezePartialTokens', [alice.address, 20n]);
  assert.equal(await frozen(alice.address), 50n);
  await refused(
    chain.send(agent, fund, 'unfreezePartialTokens', [alice.address, 51n]),
    'UnfreezeExceedsFrozen',
  );
  const taken = await chain.send(agent, fund, 'unfreezePartialTokens', [alice.address, 50n]);
  assert.deepEqual(event(taken, fundTokenAbi, 'TokensUnfrozen'), { userAddress: alice.address, amount: 50n });
});

test('forcedTransfer(a, a) unfreezes nothing', async () => {
  const { chain, fund } = market;
  const balance = await market.units(alice.address);
  await freeze(alice.address, balance);
  await chain.send(agent, fund, 'forcedTransfer', [alice.address, alice.address, balance]);
  assert.equal(await frozen(alice.address), balance);
  assert.equal(await market.units(alice.address), balance);
  await refused(transfer(alice, bob.address, 1n), 'ERC7943InsufficientUnfrozenBalance');
});

test('forcedTransfer takes frozen units, unfreezing first and only what it takes', async () => {
  const { chain, fund } = market;
  const balance = await market.units(alice.address);
  await freeze(alice.address, balance - 10n);
  await refused(
    chain.send(agent, fund, 'forcedTransfer', [alice.address, stranger.address, 1n]),
    'ERC7943CannotReceive',
  );
  await chain.send(agent, fund, 'forcedTransfer', [alice.address, bob.address, 10n]);
  assert.equal(await frozen(alice.address), balance - 10n);
  const sent = await chain.send(agent, fund, 'forcedTransfer', [alice.address, bob.address, 25n]);
  assert.equal(await frozen(alice.address), balance - 35n);
  event(sent, fundTokenAbi, 'ForcedTransfer');
  const names = sent.logs.map(({ topics }) => topics[0]);
  const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
  assert.ok(names.indexOf(transferTopic) > 0, 'Frozen comes before Transfer');
  await refused(
    chain.send(agent, fund, 'forcedTransfer', [alice.address, bob.address, 10n ** 12n]),
    'ERC20InsufficientBalance',
  );
  await freeze(alice.address, 0n);
});

test('a burn takes frozen units and says so', async () => {
  const { chain, fund } = market;
  const balance = await market.units(alice.address);
  await freeze(alice.address, balance);
  await chain.send(agent, fund, 'burn', [alice.address, 40n]);
  assert.equal(await frozen(alice.address), balance - 40n);
  await freeze(alice.address, 0n);
});

test('a frozen address neither sends nor receives', async () => {
  const { chain, fund } = market;
  await chain.send(agent, fund, 'setAddressFrozen', [bob.address, true]);
  await refused(transfer(bob, alice.address, 1n), 'ERC7943CannotSend');
  await refused(transfer(bob, treasury.address, 1n), 'ERC7943CannotSend');
  await refused(transfer(alice, bob.address, 1n), 'ERC7943CannotReceive');
  await refused(mint(bob.address, 1n), 'ERC7943CannotReceive');
  assert.equal(await chain.read(fund, 'isFrozen', [bob.address]), true);
  await chain.send(agent, fund, 'setAddressFrozen', [bob.address, false]);
});

test('a pause stops transfers; agents can still force', async () => {
  const { chain, fund } = market;
  await chain.send(agent, fund, 'pause', []);
  await refused(transfer(alice, bob.address, 1n), 'EnforcedPause');
  assert.equal(await canTransfer(alice.address, bob.address, 1n), false);
  await chain.send(agent, fund, 'forcedTransfer', [alice.address, bob.address, 1n]);
  await chain.send(agent, fund, 'unpause', []);
  await transfer(alice, bob.address, 1n);
});

test('batches are all or nothing', async () => {
  const { chain, fund } = market;
  const before = await market.units(bob.address);
  await chain.send(alice, fund, 'batchTransfer', [
    [bob.address, treasury.address],
    [1n, 2n],
  ]);
  assert.equal(await market.units(bob.address), before + 1n);
  await refused(
    chain.send(alice, fund, 'batchTransfer', [
      [bob.address, stranger.address],
      [1n, 2n],
    ]),
    'ERC7943CannotReceive',
  );
  await refused(chain.send(alice, fund, 'batchTransfer', [[bob.address], []]), 'LengthsDiffer');
  await refused(chain.send(alice, fund, 'batchMint', [[bob.address], [1n]]), 'CallerNotAgent');
  await chain.send(agent, fund, 'batchMint', [
    [alice.address, bob.address],
    [1n, 1n],
  ]);
  assert.equal(await market.units(bob.address), before + 2n);
});

test('recovery follows the holder who proved again, and takes the freezes along', async () => {
  const { chain, fund } = market;
  const recover = () =>
    chain.send(agent, fund, 'recoveryAddress', [bob.address, newBob.address, newBob.address]);
  await refused(recover(), 'RecoveryNotProven');
  await market.admit(newBob, await market.prove(bobPerson, newBob.address));
  await refused(transfer(bob, alice.address, 1n), 'ERC7943CannotSend');
  const held = await market.units(bob.address);
  await freeze(bob.address, 5n);
  await recover();
  assert.equal(await market.units(newBob.address), held);
  assert.equal(await frozen(newBob.address), 5n);
  assert.equal(await frozen(bob.address), 0n);
  await refused(recover(), 'NothingToRecover');
});

test('recovery reaches a holder who moved on twice before it came', async () => {
  const { chain, fund } = market;
  const [first, next, last] = ['dora', "dora's spare", "dora's third"].map(account) as [Send, Send, Send];
  const dora = await market.welcome(first, 'dora');
  await mint(first.address, 70n);
  await market.admit(next, await market.prove(dora, next.address));
  await market.admit(last, await market.prove(dora, last.address));
  const recover = (to: Send) =>
    chain.send(agent, fund, 'recoveryAddress', [first.address, to.address, to.address]);
  await refused(recover(next), 'RecoveryNotProven');
  await recover(last);
  assert.equal(await market.units(last.address), 70n);
  assert.equal(await market.units(first.address), 0n);
});

test('a lapsed holder keeps one way out: to the issuer', async () => {
  const { chain, fund } = market;
  chain.timestamp += 366n * 86_400n;
  assert.equal(await market.isAdmitted(alice.address), false);
  await refused(mint(alice.address, 1n), 'ERC7943CannotReceive');
  await refused(transfer(treasury, alice.address, 1n), 'ERC7943CannotReceive');
  await market.welcome(account('carol'), 'carol');
  await refused(transfer(alice, account('carol').address, 1n), 'ERC7943CannotTransfer');
  assert.equal(await canTransfer(alice.address, treasury.address, 1n), true);
  await transfer(alice, treasury.address, await market.units(alice.address));
  await chain.send(issuer, market.registry, 'setRevoked', [
    fund.address,
    nullifier(admissionScope(chain.chainId, fund.address, SCOPE_TAG), bobPerson.secret),
    true,
  ]);
  await refused(transfer(newBob, treasury.address, 1n), 'ERC7943CannotSend');
});
