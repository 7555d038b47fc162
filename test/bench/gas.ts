import { type Hex, keccak256, zeroHash } from 'viem';
import { anchorRegistryAbi } from '../../src/contracts/abi/AnchorRegistry.ts';
import { blsAnchorRegistryAbi } from '../../src/contracts/abi/BlsAnchorRegistry.ts';
import { attestationDigest } from '../../src/protocol/attestation.ts';
import { committeeHash } from '../../src/protocol/committee.ts';
import {
  BridgeChains,
  ESCAPE,
  holder,
  MATURITY,
  other,
  owner,
  REGISTRY_BYTECODE,
} from '../contracts/bridge-chains.ts';
import { bitmap, blsCommittee, ecdsaCommittee, type TestCommittee } from '../contracts/committee.ts';
import { MandateChain, UNIT } from '../contracts/mandate-chain.ts';
import { agent, MarketChain } from '../contracts/market-chain.ts';
import { account, type Contract, TestChain } from '../contracts/support.ts';

const MAINCHAIN = 31177;
const EXECUTION = 31178n;

/** Gas of whole transactions, by what they do. */
export type GasReport = [string, bigint][];

/** Gas of every step of settlement, and of what users do most on the execution chain. */
export async function measureGas(): Promise<GasReport> {
  return [
    ...(await anchors('BLS', blsCommittee)),
    ...(await anchors('ECDSA', ecdsaCommittee)),
    ...(await bridge()),
    ...(await market()),
  ];
}

/** A committee of 4 with 3 signers, and of 7 with 5: the first anchor fills new words, later ones are what counts. */
async function anchors(name: string, make: (names: readonly string[]) => TestCommittee): Promise<GasReport> {
  const report: GasReport = [];
  for (const [size, threshold] of [
    [4, 3],
    [7, 5],
  ] as const) {
    const committee = make(Array.from({ length: size }, (_, index) => `member ${index}`));
    const chain = await TestChain.open(MAINCHAIN);
    const { address } = await chain.deploy(blsAnchorRegistryAbi, REGISTRY_BYTECODE[committee.scheme], [
      owner.address,
      EXECUTION,
      MATURITY,
    ]);
    const registry: Contract<typeof anchorRegistryAbi> = { address, abi: anchorRegistryAbi };
    const { gas } = await chain.send(owner, registry, 'registerCommittee', [
      committee.keys,
      committee.possession,
      BigInt(threshold),
    ]);
    await anchor(chain, registry, committee, threshold, 1n);
    report.push(
      [`${name}: register a committee of ${size}`, gas],
      [
        `${name}: anchor, ${threshold} of ${size} signed`,
        await anchor(chain, registry, committee, threshold, 11n),
      ],
    );
  }
  return report;
}

async function anchor(
  chain: TestChain,
  registry: Contract<typeof anchorRegistryAbi>,
  { keys, sign }: TestCommittee,
  threshold: number,
  blockNumber: bigint,
): Promise<bigint> {
  const signers = Array.from({ length: threshold }, (_, index) => index);
  const attestation = {
    executionChainId: EXECUTION,
    epoch: 1n,
    committeeHash: committeeHash(threshold, keys),
    blockNumber,
    blockHash: keccak256('0x01'),
    outputRoot: keccak256('0x02'),
    dataHash: keccak256('0x03'),
    dataLength: 700n,
    expiry: chain.timestamp + 600n,
    previous: zeroHash,
  };
  const domain = { mainchainId: MAINCHAIN, anchorRegistry: registry.address };
  const signature: Hex = sign(attestationDigest(domain, attestation), signers);
  const { gas } = await chain.send(other, registry, 'anchor', [
    attestation,
    bitmap(signers, keys.length),
    signature,
    keys,
  ]);
  return gas;
}

/** Among a thousand withdrawals and holders, so that the proofs are as long as in use. */
async function bridge(): Promise<GasReport> {
  const chains = await BridgeChains.open();
  await chains.deposit(1_000n);
  const deposit = await chains.mainchain.send(holder, chains.vault, 'deposit', [
    chains.dollar.address,
    20_000n,
    holder.address,
  ]);
  await chains.relay(2n, 20_000n);
  for (let index = 0; index < 1_000; index++) {
    await chains.withdraw(1n);
    const stranger = account(`stranger ${index}`).address;
    await chains.execution.send(holder, chains.executionDollar, 'transfer', [stranger, 1n]);
  }
  const first = await chains.withdraw(5n);
  const withdrawal = await chains.withdraw(5n);
  const output = await chains.anchor();
  const prove = await chains.prove(withdrawal, output);
  await chains.prove(first, output);
  const lockState = await chains.proveLockState(output);
  chains.mainchain.timestamp += MATURITY;
  await chains.finalize(first);
  const finalize = await chains.finalize(withdrawal);
  const transfer = await chains.execution.send(holder, chains.executionDollar, 'transfer', [
    other.address,
    5n,
  ]);
  const initiate = await chains.execution.send(holder, chains.lockbox, 'initiateWithdrawal', [
    chains.dollar.address,
    holder.address,
    1n,
  ]);
  const last = await chains.anchor();
  await chains.proveLockState(last);
  chains.mainchain.timestamp += ESCAPE;
  await chains.escape(last, holder.address);
  const escape = await chains.escape(last, account('stranger 7').address);
  return [
    ['Vault: deposit', deposit.gas],
    ['Lockbox: initiate a withdrawal', initiate.gas],
    ['Vault: prove a withdrawal, one of 1,000', prove.gas],
    ['Vault: prove a lock state (once per output and asset)', lockState.gas],
    ['Vault: finalize a withdrawal', finalize.gas],
    ['Vault: a withdrawal in all (prove and finalize)', prove.gas + finalize.gas],
    ['Vault: escape, one of 1,000 holders', escape.gas],
    ['ERC-20 transfer (HKD)', transfer.gas],
  ];
}

async function market(): Promise<GasReport> {
  const chains = await MarketChain.open();
  const alice = account('alice');
  const person = chains.enrol('alice');
  await chains.postRoot();
  const admit = await chains.admit(alice, await chains.prove(person, alice.address));
  const bob = account('bob');
  await chains.welcome(bob, 'bob');
  await chains.chain.send(agent, chains.fund, 'mint', [alice.address, 1_000n]);
  await chains.chain.send(alice, chains.fund, 'transfer', [bob.address, 1n]);
  const transfer = await chains.chain.send(alice, chains.fund, 'transfer', [bob.address, 1n]);
  const again = await chains.admit(alice, await chains.prove(person, alice.address));
  return [
    ['IdentityRegistry: admission by proof', admit.gas],
    ['IdentityRegistry: an admission proven again', again.gas],
    ['restricted token transfer', transfer.gas],
    ...(await mandates()),
  ];
}

/** An agent that its principal vouches for, and its payments. */
async function mandates(): Promise<GasReport> {
  const chains = await MandateChain.open();
  const { market } = chains;
  const principal = market.enrol('principal');
  await market.postRoot();
  const payer = account('agent');
  const merchant = account('merchant').address;
  await market.chain.send(owner, market.dollar, 'mint', [payer.address, UNIT]);
  const mandate = chains.mandate(principal, payer.address);
  const grant = await chains.grant(mandate, await chains.prove(principal, mandate));
  const again = await chains.grant(mandate, await chains.prove(principal, mandate));
  await chains.pay(payer, merchant, 1n);
  const pay = await chains.pay(payer, merchant, 1n);
  const revoke = await chains.revoke(principal, mandate);
  return [
    ['MandateRegistry: vouch for an agent by proof', grant.gas],
    ['MandateRegistry: the same proven again', again.gas],
    ['MandateSettlement: a payment within a mandate', pay.gas],
    ['MandateRegistry: revoke', revoke.gas],
  ];
}
