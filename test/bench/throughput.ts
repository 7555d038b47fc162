import { readFileSync } from 'node:fs';
import {
  type Address,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  numberToHex,
  parseEther,
  parseGwei,
  stringToHex,
} from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { hongKongDollarBytecode } from '../../src/contracts/bytecode/HongKongDollar.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import { anvilBinary, startAnvil } from '../node/chain-anvil.ts';

/** A chain that took the load. */
export interface Throughput {
  name: string;
  /** Transfers a second, from the first request to the last block. */
  perSecond: number;
  /** Milliseconds of CPU of the chain's process for each transfer, all threads; Linux only. */
  cpuMs?: number;
}

interface Target {
  name: string;
  url: string;
  pid: number;
  token: Address;
  senders: PrivateKeyAccount[];
}

const SENDERS = 16;

/** Sends the same pre-signed stablecoin transfers to both chains over JSON-RPC, one request each. */
export async function measureThroughput(
  profile: ChainProfile,
  pid: number,
  transfers = 2000,
): Promise<Throughput[]> {
  const results = [await load(await ours(profile, pid), transfers)];
  const binary = anvilBinary();
  if (!binary) return results;
  // With a block for each transaction anvil falls behind its own pool and stays there.
  const anvil = await startAnvil(binary, [
    '--chain-id',
    '31178',
    '--block-time',
    '1',
    '--gas-limit',
    '300000000',
  ]);
  try {
    results.push(await load(await peer(anvil.url, anvil.pid), transfers));
  } finally {
    anvil.stop();
  }
  return results;
}

const fresh = () => Array.from({ length: SENDERS }, () => privateKeyToAccount(generatePrivateKey()));

async function ours(profile: ChainProfile, pid: number): Promise<Target> {
  const senders = fresh();
  for (const { address } of senders) {
    const answer = await fetch(profile.services.faucet!, {
      method: 'POST',
      body: JSON.stringify({ address }),
    });
    if (!answer.ok) throw new Error(`faucet: ${await answer.text()}`);
  }
  return {
    name: 'hsk-node',
    url: profile.execution.rpcUrls[0]!,
    pid,
    token: profile.execution.contracts.stablecoin,
    senders,
  };
}

/** anvil with the same token deployed and the same balances. */
async function peer(url: string, pid: number): Promise<Target> {
  const [owner, ...senders] = [privateKeyToAccount(generatePrivateKey()), ...fresh()];
  const client = createPublicClient({ transport: http(url), pollingInterval: 20 });
  for (const { address } of [owner, ...senders])
    await client.request({
      method: 'anvil_setBalance' as never,
      params: [address, numberToHex(parseEther('10'))] as never,
    });
  const wallet = createWalletClient({ account: owner, transport: http(url) });
  const wait = async (hash: Hex) => client.waitForTransactionReceipt({ hash });
  const { contractAddress: token } = await wait(
    await wallet.deployContract({
      abi: hongKongDollarAbi,
      bytecode: hongKongDollarBytecode,
      args: [owner.address],
      chain: null,
    }),
  );
  for (const { address } of senders)
    await wait(
      await wallet.writeContract({
        address: token!,
        abi: hongKongDollarAbi,
        functionName: 'mint',
        args: [address, 10_000_000_000n],
        chain: null,
      }),
    );
  return { name: 'anvil', url, pid, token: token!, senders };
}

async function load({ name, url, pid, token, senders }: Target, transfers: number): Promise<Throughput> {
  const client = createPublicClient({ transport: http(url), cacheTime: 0 });
  const chainId = await client.getChainId();
  const each = Math.floor(transfers / senders.length);
  const queues = await Promise.all(senders.map((sender) => signAll(sender, each, chainId, token)));
  const cpuBefore = cpuSeconds(pid);
  const begun = performance.now();
  // A sender's own transfers go one after another; the senders go side by side.
  await Promise.all(queues.map((queue) => drain(url, queue)));
  for (const { address } of senders)
    while ((await client.getTransactionCount({ address })) < each)
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
  const seconds = (performance.now() - begun) / 1000;
  const done = each * senders.length;
  const cpu = cpuSeconds(pid);
  return {
    name,
    perSecond: done / seconds,
    ...(cpu !== undefined && cpuBefore !== undefined && { cpuMs: ((cpu - cpuBefore) * 1000) / done }),
  };
}

function signAll(sender: PrivateKeyAccount, count: number, chainId: number, token: Address): Promise<Hex[]> {
  return Promise.all(
    Array.from({ length: count }, (_, nonce) =>
      sender.signTransaction({
        type: 'eip1559',
        chainId,
        nonce,
        to: token,
        gas: 100_000n,
        maxFeePerGas: parseGwei('3'),
        maxPriorityFeePerGas: parseGwei('1'),
        data: encodeFunctionData({
          abi: hongKongDollarAbi,
          functionName: 'transfer',
          // Every transfer makes a new holder.
          args: [`0x${keccak256(stringToHex(`${sender.address}${nonce}`)).slice(26)}`, 1n],
        }),
      }),
    ),
  );
}

async function drain(url: string, queue: readonly Hex[]): Promise<void> {
  for (const raw of queue) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] }),
    });
    const { error } = (await answer.json()) as { error?: { message: string } };
    if (error) throw new Error(error.message);
  }
}

/** CPU seconds of a process so far, all threads; `undefined` where there is no /proc. */
function cpuSeconds(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    // proc(5): utime and stime are fields 14 and 15, in ticks of 1/100 s.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
