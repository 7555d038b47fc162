import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Address,
  createClient,
  custom,
  defineChain,
  type Hex,
  keccak256,
  parseEther,
  publicActions,
  stringToHex,
  walletActions,
} from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import type { Chain, GenesisAlloc } from '../../src/node/chain/chain.ts';

/** A key that is the same in every run and in every process. */
export function testKey(name: string): Hex {
  return keccak256(stringToHex(`hsk chain test ${name}`));
}

export function testAccount(name: string): PrivateKeyAccount {
  return privateKeyToAccount(testKey(name));
}

export const VALIDATOR_KEYS = ['v1', 'v2', 'v3', 'v4'].map(testKey);

export function funded(...accounts: { address: Address }[]): GenesisAlloc {
  return Object.fromEntries(accounts.map(({ address }) => [address, { balance: parseEther('1000000') }]));
}

export async function temporaryDirectory(
  test: { after(done: () => Promise<void>): void } | undefined,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'hsk-chain-'));
  test?.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A viem client over `chain.request`, as the node's services use it. */
export function clientOf(chain: Pick<Chain, 'chainId' | 'request'>, account: PrivateKeyAccount) {
  return createClient({
    account,
    chain: testChain(chain.chainId),
    pollingInterval: 20,
    transport: custom(
      { request: ({ method, params }) => chain.request(method, params as unknown[]) },
      { retryCount: 0 },
    ),
  })
    .extend(publicActions)
    .extend(walletActions);
}

export function testChain(id: number) {
  return defineChain({
    id,
    name: `test ${id}`,
    nativeCurrency: { name: 'HSK', symbol: 'HSK', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });
}

/** A signed transfer of one wei. */
export function signTransfer(
  account: PrivateKeyAccount,
  chainId: number,
  nonce: number,
  to: Address,
): Promise<Hex> {
  return account.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 10_000_000_000n,
    maxPriorityFeePerGas: 1_000_000n,
  });
}
