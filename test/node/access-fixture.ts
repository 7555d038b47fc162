import { type Address, encodeFunctionData, type Hex } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { accessRegistryAbi } from '../../src/contracts/abi/AccessRegistry.ts';
import { accessGenesis } from '../../src/node/access/genesis.ts';
import {
  ACCESS_REGISTRY,
  ADMITTED,
  ADMITTER,
  AUDITOR,
  COMPLIANCE,
  DEPLOYER,
  FREE_GAS,
} from '../../src/node/access/registry.ts';
import { RegistrySenders, type SenderRules } from '../../src/node/access/senders.ts';
import { type Chain, type GenesisAlloc, openExecutionChain } from '../../src/node/chain/chain.ts';
import { funded, temporaryDirectory, testAccount } from './chain-fixture.ts';

/** One account for each role, and those that have none. */
export const people = {
  admin: testAccount('admin'),
  admitter: testAccount('admitter'),
  compliance: testAccount('compliance'),
  auditor: testAccount('auditor'),
  deployer: testAccount('deployer'),
  alice: testAccount('alice'),
  bob: testAccount('bob'),
  stranger: testAccount('stranger'),
};

export interface AccessChain {
  chain: Chain;
  directory: string;
  /** Signs with the account's next nonce, and a tip of `tip` wei. */
  sign(from: PrivateKeyAccount, call: Call): Promise<Hex>;
  /** Sends, builds the block and returns the receipt's status. */
  execute(from: PrivateKeyAccount, call: Call): Promise<Hex>;
  /** A call of the AccessRegistry. */
  registry(functionName: string, args: readonly unknown[]): Call;
}

export interface Call {
  to?: Address | undefined;
  data?: Hex;
  value?: bigint;
  tip?: bigint;
  gas?: bigint;
  nonce?: number;
}

export async function openAccessChain(
  test: { after(done: () => Promise<void>): void } | undefined,
  rules: Partial<SenderRules>,
  more: { alloc?: GenesisAlloc; directory?: string } = {},
): Promise<AccessChain> {
  const directory = more.directory ?? (await temporaryDirectory(test));
  const all = { senders: 'admitted', gas: 'market', deployersOnly: false, ...rules } as const;
  const member = ADMITTED | FREE_GAS;
  const chain = await openExecutionChain({
    directory,
    alloc: {
      ...funded(...Object.values(people)),
      [ACCESS_REGISTRY]: accessGenesis(people.admin.address, {
        [people.admin.address]: member,
        [people.admitter.address]: member | ADMITTER,
        [people.compliance.address]: member | COMPLIANCE,
        [people.auditor.address]: member | AUDITOR,
        [people.deployer.address]: member | DEPLOYER,
        [people.alice.address]: member,
        [people.bob.address]: ADMITTED,
      }),
      ...more.alloc,
    },
    gatherMs: 1e9,
    heartbeatMs: 1e9,
    gas: all.gas,
    senders: new RegistrySenders(all),
  });
  const sign = async (from: PrivateKeyAccount, { to, data, value, tip, gas, nonce }: Call) =>
    from.signTransaction({
      type: 'eip1559',
      chainId: chain.chainId,
      nonce: nonce ?? Number(await chain.request('eth_getTransactionCount', [from.address, 'pending'])),
      to,
      data,
      value,
      gas: gas ?? 1_000_000n,
      maxFeePerGas: (all.gas === 'free' ? 0n : 10_000_000_000n) + (tip ?? 0n),
      maxPriorityFeePerGas: tip ?? 0n,
    });
  return {
    chain,
    directory,
    sign,
    async execute(from, call) {
      const hash = await chain.request('eth_sendRawTransaction', [await sign(from, call)]);
      await chain.produce();
      const receipt = (await chain.request('eth_getTransactionReceipt', [hash])) as { status: Hex };
      return receipt.status;
    },
    registry: (functionName, args) => ({
      to: ACCESS_REGISTRY,
      data: encodeFunctionData({ abi: accessRegistryAbi, functionName, args } as never),
    }),
  };
}
