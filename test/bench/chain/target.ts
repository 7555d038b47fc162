import {
  type Address,
  createPublicClient,
  createWalletClient,
  type Hex,
  http,
  numberToHex,
  pad,
  parseEther,
  parseGwei,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { hongKongDollarAbi } from '../../../src/contracts/abi/HongKongDollar.ts';
import { hongKongDollarBytecode } from '../../../src/contracts/bytecode/HongKongDollar.ts';
import { startAnvil } from '../../node/chain-anvil.ts';
import { startNode } from '../../support/stack.ts';
import { holder } from './transfers.ts';

/** A running chain with the stablecoin on it, and accounts that can pay. */
export interface Target {
  name: string;
  url: string;
  pid: number;
  chainId: number;
  token: Address;
  /** Each has dollars and native currency, and has sent nothing. */
  keys: Hex[];
  /** Whether attestations come. */
  attested: boolean;
  /** Transfers a second that it can be expected to take at most. */
  ceiling: number;
  /** Makes holders `from` up to `to`, exclusive. */
  grow(from: number, to: number): Promise<void>;
  stop(): Promise<void>;
}

const SENDERS = 16;

/** `hsk-node start` as built, every role in one process, its log on this disk. */
export async function ours(): Promise<Target> {
  const { profile, child, remove } = await startNode();
  process.once('exit', () => child.kill('SIGKILL'));
  const [grower, ...keys] = freshKeys();
  for (const key of [grower!, ...keys]) {
    const answer = await fetch(profile.services.faucet!, {
      method: 'POST',
      body: JSON.stringify({ address: privateKeyToAccount(key).address }),
    });
    if (!answer.ok) throw new Error(`faucet: ${await answer.text()}`);
  }
  const url = profile.execution.rpcUrls[0]!;
  const token = profile.execution.contracts.stablecoin;
  return {
    name: 'hsk-node',
    url,
    pid: child.pid!,
    chainId: profile.execution.chainId,
    token,
    keys,
    attested: true,
    ceiling: 1500,
    grow: await growing(url, grower!, token),
    stop: remove,
  };
}

/** anvil with the same token and the same balances; a block for each transaction would fall behind its pool. */
export async function anvil(binary: string): Promise<Target> {
  const options = ['--chain-id', '31178', '--block-time', '1', '--gas-limit', '300000000'];
  const { url, pid, stop } = await startAnvil(binary, options);
  process.once('exit', stop);
  const [grower, ...keys] = freshKeys();
  const client = createPublicClient({ transport: http(url), pollingInterval: 20 });
  const addresses = [grower!, ...keys].map((key) => privateKeyToAccount(key).address);
  for (const address of addresses)
    await client.request({
      method: 'anvil_setBalance' as never,
      params: [address, numberToHex(parseEther('100'))] as never,
    });
  const account = privateKeyToAccount(grower!);
  const wallet = createWalletClient({ account, transport: http(url) });
  const deployed = await wallet.deployContract({
    abi: hongKongDollarAbi,
    bytecode: hongKongDollarBytecode,
    args: [account.address],
    chain: null,
  });
  const token = (await client.waitForTransactionReceipt({ hash: deployed })).contractAddress!;
  let last = deployed;
  for (const address of addresses)
    last = await wallet.writeContract({
      address: token,
      abi: hongKongDollarAbi,
      functionName: 'mint',
      args: [address, 10_000_000_000n],
      chain: null,
    });
  await client.waitForTransactionReceipt({ hash: last });
  return {
    name: 'anvil',
    url,
    pid,
    chainId: 31178,
    token,
    keys,
    attested: false,
    ceiling: 2500,
    grow: await growing(url, grower!, token),
    stop: async () => stop(),
  };
}

const freshKeys = () => Array.from({ length: 1 + SENDERS }, () => generatePrivateKey());

/**
 * Takes (token, first, count) and transfers one base unit to each of so many addresses in a row:
 * `mstore(0, transfer << 224) mstore(36, 1) for (i = first; i < first + count; i++) { mstore(4, i) call(…) }`.
 */
const SPRAY =
  '63a9059cbb60e01b5f52600160245260403560203580910190' +
  '5b806004525f5f60445f5f5f355af1506001018181106019570' +
  '0';

/** Few enough that a block stays at its gas target and the base fee where it is. */
const SPRAYED = 700;

async function growing(url: string, key: Hex, token: Address): Promise<Target['grow']> {
  const account = privateKeyToAccount(key);
  const client = createPublicClient({ transport: http(url), pollingInterval: 20 });
  const wallet = createWalletClient({ account, transport: http(url) });
  const done = async (hash: Hex) => {
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: 60_000 });
    if (receipt.status !== 'success') throw new Error(`${hash} was reverted`);
    return receipt;
  };
  const terms = { chain: null, maxFeePerGas: parseGwei('10'), maxPriorityFeePerGas: 1n };
  // codecopy(0, 10, size) return(0, size)
  const size = (SPRAY.length / 2).toString(16);
  const creation: Hex = `0x60${size}600a5f3960${size}5ff3${SPRAY}`;
  const { contractAddress } = await done(
    await wallet.sendTransaction({ data: creation, gas: 1_000_000n, ...terms }),
  );
  const spray = contractAddress!;
  await done(
    await wallet.writeContract({
      address: token,
      abi: hongKongDollarAbi,
      functionName: 'transfer',
      args: [spray, 200_000n],
      gas: 200_000n,
      ...terms,
    }),
  );
  return async (from, to) => {
    for (let first = from; first < to; first += SPRAYED) {
      const count = Math.min(SPRAYED, to - first);
      const words = [token, holder(first), numberToHex(count)].map((word) =>
        pad(word, { size: 32 }).slice(2),
      );
      await done(
        await wallet.sendTransaction({
          to: spray,
          data: `0x${words.join('')}`,
          gas: 29_000_000n,
          ...terms,
        }),
      );
    }
  };
}
