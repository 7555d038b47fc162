import { type Address, keccak256, stringToHex } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { dvPSettlementAbi } from '../../src/contracts/abi/DvPSettlement.ts';
import { fundTokenAbi } from '../../src/contracts/abi/FundToken.ts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { zkidVerifierAbi } from '../../src/contracts/abi/ZkidVerifier.ts';
import { dvPSettlementBytecode } from '../../src/contracts/bytecode/DvPSettlement.ts';
import { fundTokenBytecode } from '../../src/contracts/bytecode/FundToken.ts';
import { hongKongDollarBytecode } from '../../src/contracts/bytecode/HongKongDollar.ts';
import { identityRegistryBytecode } from '../../src/contracts/bytecode/IdentityRegistry.ts';
import { zkidVerifierBytecode } from '../../src/contracts/bytecode/ZkidVerifier.ts';
import { admissionRequest } from '../../src/identity/admission.ts';
import type { ZkidProof } from '../../src/identity/prover-api.ts';
import {
  admissionScope,
  type Attributes,
  commitment,
  dateNumber,
  HolderKind,
  leaf,
  type Policy,
  policyHash,
} from '../../src/protocol/zkid.ts';
import { chunkOf, parseChunk, ZkidTree } from '../../src/protocol/zkid-tree.ts';
import { proveAgain } from '../circuits/committed-circuit.ts';
import { account, type Contract, type Sent, TestChain } from './support.ts';

export const CHAIN_ID = 31178;
const FIRST_VERIFIER = 1;
export const SCOPE_TAG = 'admission-1';
export const policy: Policy = {
  allowedCountries: [344, 702],
  kindMask: 1,
  minTier: 1,
  minAge: 18,
  mustBeScreened: true,
  maxGeneration: 7,
};
export const attributes: Attributes = {
  expiry: 20281231,
  birth: 19900101,
  country: 344,
  kind: HolderKind.Person,
  tier: 1,
  screened: true,
  generation: 0,
};

export const owner = account('owner');
export const issuer = account('issuer');
export const agent = account('agent');
export const seller = account('seller');

/** Somebody with a credential in the issuer's tree. */
export interface Person {
  secret: bigint;
  index: number;
  attributes: Attributes;
}

/** The permissioned chain with everything that a purchase touches, and an issuer's tree. */
export class MarketChain {
  chain!: TestChain;
  registry!: Contract<typeof identityRegistryAbi>;
  verifier!: Contract<typeof zkidVerifierAbi>;
  dollar!: Contract<typeof hongKongDollarAbi>;
  fund!: Contract<typeof fundTokenAbi>;
  settlement!: Contract<typeof dvPSettlementAbi>;
  readonly tree = new ZkidTree();
  policy: Policy = policy;
  #people = 0;

  static async open(): Promise<MarketChain> {
    const market = new MarketChain();
    const chain = (market.chain = await TestChain.open(CHAIN_ID));
    market.verifier = await chain.deploy(zkidVerifierAbi, zkidVerifierBytecode, []);
    market.registry = await chain.deploy(identityRegistryAbi, identityRegistryBytecode, [
      owner.address,
      market.verifier.address,
    ]);
    market.dollar = await chain.deploy(hongKongDollarAbi, hongKongDollarBytecode, [owner.address]);
    market.fund = await chain.deploy(fundTokenAbi, fundTokenBytecode, [
      'Harbour Money Market',
      'HMM',
      owner.address,
      market.registry.address,
    ]);
    market.settlement = await chain.deploy(dvPSettlementAbi, dvPSettlementBytecode, [owner.address]);
    const role = await chain.read(market.registry, 'ISSUER_ROLE', []);
    await chain.send(owner, market.registry, 'grantRole', [role, issuer.address]);
    await market.setPolicy();
    await chain.send(owner, market.fund, 'addAgent', [agent.address]);
    await chain.send(owner, market.fund, 'addAgent', [market.settlement.address]);
    await chain.send(owner, market.settlement, 'setPrimarySeller', [
      market.fund.address,
      seller.address,
      true,
    ]);
    return market;
  }

  setPolicy({ grace = 0, verifier = FIRST_VERIFIER } = {}): Promise<Sent> {
    const token = this.fund.address;
    return this.chain.send(owner, this.registry, 'setPolicy', [
      token,
      policyHash(this.policy),
      admissionScope(CHAIN_ID, token, SCOPE_TAG),
      verifier,
      grace,
    ]);
  }

  get product(): { token: Address; policy: Policy; scopeTag: string } {
    return { token: this.fund.address, policy: this.policy, scopeTag: SCOPE_TAG };
  }

  /** Issues a credential; the root still has to be posted. */
  enrol(name: string, change: Partial<Attributes> = {}): Person {
    const secret = BigInt(keccak256(stringToHex(name))) >> 3n;
    const index = this.#people++;
    const attested = { ...attributes, ...change };
    this.tree.set(index, leaf(commitment(secret), attested));
    return { secret, index, attributes: attested };
  }

  postRoot(from: PrivateKeyAccount = issuer): Promise<Sent> {
    return this.chain.send(from, this.registry, 'postRoot', [this.tree.root]);
  }

  /** A real Groth16 proof that the person may hold the fund from `wallet`; about a second. */
  prove(
    { secret, index, attributes }: Person,
    wallet: Address,
    product: { token: Address; policy: Policy; scopeTag: string } = this.product,
  ): Promise<ZkidProof> {
    const chunk = chunkOf(index);
    return proveAgain(
      admissionRequest({
        credential: {
          issuer: 'test',
          commitment: commitment(secret).toString(),
          attributes,
          index,
        },
        secret,
        subtree: parseChunk(this.tree.encodeChunk(chunk), chunk),
        product,
        chainId: CHAIN_ID,
        wallet,
        today: dateNumber(this.chain.timestamp),
      }),
    );
  }

  admit(wallet: PrivateKeyAccount, { a, b, c, publicSignals }: ZkidProof): Promise<Sent> {
    return this.chain.send(wallet, this.registry, 'admit', [this.fund.address, { a, b, c }, publicSignals]);
  }

  /** Enrols, posts, proves and admits. */
  async welcome(wallet: PrivateKeyAccount, name: string): Promise<Person> {
    const person = this.enrol(name);
    await this.postRoot();
    await this.admit(wallet, await this.prove(person, wallet.address));
    return person;
  }

  isAdmitted(wallet: Address): Promise<boolean> {
    return this.chain.read(this.registry, 'isAdmitted', [this.fund.address, wallet]);
  }

  units(wallet: Address): Promise<bigint> {
    return this.chain.read(this.fund, 'balanceOf', [wallet]);
  }

  cash(wallet: Address): Promise<bigint> {
    return this.chain.read(this.dollar, 'balanceOf', [wallet]);
  }
}
