import { type Address, type Hex, keccak256, stringToHex } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { mandateRegistryAbi } from '../../src/contracts/abi/MandateRegistry.ts';
import { mandateSettlementAbi } from '../../src/contracts/abi/MandateSettlement.ts';
import { mandateRegistryBytecode } from '../../src/contracts/bytecode/MandateRegistry.ts';
import { mandateSettlementBytecode } from '../../src/contracts/bytecode/MandateSettlement.ts';
import { grantArguments, mandateRequest, revocationKey } from '../../src/identity/mandate.ts';
import type { ZkidProof } from '../../src/identity/prover-api.ts';
import {
  type AgentMandate,
  mandateScope,
  payeeProof,
  payeesRoot,
  revocationHash,
} from '../../src/protocol/agent-mandate.ts';
import {
  STABLECOIN,
  stablecoinDomain,
  TRANSFER_WITH_AUTHORIZATION_TYPES,
} from '../../src/protocol/eip3009.ts';
import { commitment, dateNumber, type Policy, policyHash } from '../../src/protocol/zkid.ts';
import { chunkOf, parseChunk } from '../../src/protocol/zkid-tree.ts';
import { proveAgain } from '../circuits/committed-circuit.ts';
import { CHAIN_ID, MarketChain, owner, type Person, policy } from './market-chain.ts';
import { account, type Contract, type Sent, type TestChain } from './support.ts';

export const UNIT = 10n ** BigInt(STABLECOIN.decimals);
export const DAY = 86_400;
export const PROOF_LIFETIME = 30 * DAY;
export const DAILY = 100n * UNIT;
export const MOST_AGENTS = 3;
/** Anybody may bring a grant. */
export const relayer = account('relayer');
/** Persons and businesses. */
export const principals: Policy = { ...policy, kindMask: 3 };

/** The market, and in it two services whose agents need mandates. */
export class MandateChain {
  market!: MarketChain;
  registry!: Contract<typeof mandateRegistryAbi>;
  service!: Contract<typeof mandateSettlementAbi>;
  other!: Contract<typeof mandateSettlementAbi>;
  #nonces = 0;

  static async open(): Promise<MandateChain> {
    const chains = new MandateChain();
    const market = (chains.market = await MarketChain.open());
    const { chain, registry: identity, dollar } = market;
    chains.registry = await chain.deploy(mandateRegistryAbi, mandateRegistryBytecode, [
      owner.address,
      identity.address,
    ]);
    const registry = chains.registry;
    for (const name of ['service', 'other'] as const) {
      const service = (chains[name] = await chain.deploy(mandateSettlementAbi, mandateSettlementBytecode, [
        registry.address,
      ]));
      const scope = mandateScope(CHAIN_ID, registry.address, service.address);
      const terms = [service.address, policyHash(principals), scope, 1, 0] as const;
      await chain.send(owner, identity, 'setPolicy', terms);
      await chain.send(owner, registry, 'setService', [service.address, MOST_AGENTS, PROOF_LIFETIME]);
      await chain.send(owner, registry, 'setDailyLimit', [service.address, dollar.address, DAILY]);
    }
    return chains;
  }

  get chain(): TestChain {
    return this.market.chain;
  }

  /** HK$10 in each day of the next ten, to anybody. */
  mandate({ secret }: Person, agent: Address, change: Partial<AgentMandate> = {}): AgentMandate {
    const nonce = keccak256(stringToHex(`nonce ${this.#nonces++}`));
    const now = Number(this.chain.timestamp);
    return {
      service: this.service.address,
      agent,
      token: this.market.dollar.address,
      limit: 10n * UNIT,
      period: DAY,
      notBefore: now,
      notAfter: now + 10 * DAY,
      payees: payeesRoot([]),
      revocation: revocationHash(revocationKey(secret, nonce)),
      nonce,
      ...change,
    };
  }

  /** A real proof. */
  prove({ secret, index, attributes }: Person, mandate: AgentMandate, change: { policy?: Policy } = {}) {
    const chunk = chunkOf(index);
    return proveAgain(
      mandateRequest({
        credential: { issuer: 'test', commitment: commitment(secret).toString(), attributes, index },
        secret,
        subtree: parseChunk(this.market.tree.encodeChunk(chunk), chunk),
        chainId: CHAIN_ID,
        registry: this.registry.address,
        policy: change.policy ?? principals,
        mandate,
        today: dateNumber(this.chain.timestamp),
      }),
    );
  }

  grant(mandate: AgentMandate, proof: ZkidProof, from = relayer): Promise<Sent> {
    return this.chain.send(from, this.registry, 'grant', grantArguments(mandate, proof));
  }

  /** Proves and grants. */
  async vouch(person: Person, agent: Address, change: Partial<AgentMandate> = {}): Promise<AgentMandate> {
    const mandate = this.mandate(person, agent, change);
    await this.grant(mandate, await this.prove(person, mandate));
    return mandate;
  }

  revoke({ secret }: Person, { service, agent, nonce }: AgentMandate, from = relayer): Promise<Sent> {
    return this.chain.send(from, this.registry, 'revoke', [service, agent, revocationKey(secret, nonce)]);
  }

  /** Signs an EIP-3009 transfer and has it settled within the agent's mandate. */
  async pay(
    agent: PrivateKeyAccount,
    to: Address,
    value: bigint,
    payees: readonly Address[] = [],
    service = this.service,
  ): Promise<Sent> {
    const { dollar } = this.market;
    const nonce: Hex = keccak256(stringToHex(`payment ${this.#nonces++}`));
    const message = { from: agent.address, to, value, validAfter: 0n, validBefore: 2n ** 40n, nonce };
    const signature = await agent.signTypedData({
      domain: stablecoinDomain(CHAIN_ID, dollar.address),
      types: TRANSFER_WITH_AUTHORIZATION_TYPES,
      primaryType: 'TransferWithAuthorization',
      message,
    });
    const path = payees.length > 0 ? payeeProof(payees, to) : [];
    return this.chain.send(relayer, service, 'settle', [dollar.address, { ...message, signature }, path]);
  }

  isAuthorised(agent: Address, amount: bigint, service = this.service.address): Promise<boolean> {
    const { address } = this.market.dollar;
    return this.chain.read(this.registry, 'isAuthorised', [service, agent, address, amount]);
  }

  principalOf(agent: Address, service = this.service.address): Promise<Hex> {
    return this.chain.read(this.registry, 'principalOf', [service, agent]);
  }
}
