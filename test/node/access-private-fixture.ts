import path from 'node:path';
import { type Address, encodeDeployData, encodeFunctionData, getContractAddress, type Hex } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { createSiweMessage } from 'viem/siwe';
import { hongKongDollarAbi, hongKongDollarSlots } from '../../src/contracts/abi/HongKongDollar.ts';
import { hongKongDollarBytecode } from '../../src/contracts/bytecode/HongKongDollar.ts';
import { Gate } from '../../src/node/access/gate.ts';
import { PUBLIC_CODE, wordSlot } from '../../src/node/access/registry.ts';
import { type RpcServer, startRpcServer } from '../../src/node/rpc/server.ts';
import { type AccessChain, openAccessChain, people } from './access-fixture.ts';

export interface Answer {
  result?: unknown;
  error?: { code: number; message: string; data?: { code?: string } };
}

/** A private chain behind its gate and a real server, with a token that Alice holds and Bob was paid in. */
export interface PrivateChain extends AccessChain {
  server: RpcServer;
  gate: Gate;
  url: string;
  token: Address;
  /** Hashes of what happened. */
  alicePaysBob: Hex;
  aliceMoves: Hex;
  call(method: string, params?: unknown[], session?: string): Promise<Answer>;
  /** Signs in and returns the token. */
  signIn(account: PrivateKeyAccount): Promise<string>;
  clock: { now: number };
  close(): Promise<void>;
}

export const SINK: Address = '0x00000000000000000000000000000000000005ee';

export async function openPrivateChain(): Promise<PrivateChain> {
  const { alice, bob, deployer, admin } = people;
  const access = await openAccessChain(undefined, { senders: 'admitted', deployersOnly: true });
  const { chain, registry, execute } = access;
  const token = getContractAddress({ from: deployer.address, nonce: 0n }).toLowerCase() as Address;
  const create = encodeDeployData({
    abi: hongKongDollarAbi,
    bytecode: hongKongDollarBytecode,
    args: [deployer.address],
  });
  const call = (functionName: 'mint' | 'transfer', args: [Address, bigint]) => ({
    to: token,
    data: encodeFunctionData({ abi: hongKongDollarAbi, functionName, args }),
  });
  const keyed = { words: 1, keyed: true };
  const steps = [
    [deployer, { to: undefined, data: create, gas: 5_000_000n }],
    [deployer, call('mint', [alice.address, 1_000_000n])],
    [
      admin,
      registry('setDisclosure', [
        token,
        PUBLIC_CODE,
        [
          { base: wordSlot(hongKongDollarSlots.totalSupply), words: 3, keyed: false },
          { base: wordSlot(hongKongDollarSlots.balances), ...keyed },
        ],
      ]),
    ],
  ] as const;
  for (const [from, step] of steps)
    if ((await execute(from, step)) !== '0x1') throw new Error('the fixture could not be laid');
  const send = (from: PrivateKeyAccount, what: Parameters<typeof execute>[1]) =>
    access.sign(from, what).then((raw) => chain.request('eth_sendRawTransaction', [raw]) as Promise<Hex>);
  const alicePaysBob = await send(alice, call('transfer', [bob.address, 1234n]));
  const aliceMoves = await send(alice, { to: SINK, value: 5n });
  await chain.produce();
  const clock = { now: Math.floor(Date.now() / 1000) };
  let url = '';
  const gate = new Gate({
    chain,
    directory: path.join(access.directory, 'access'),
    urls: () => [url],
    senders: 'admitted',
    now: () => clock.now,
  });
  const server = await startRpcServer({ port: 0, chains: { '/execution': gate } });
  url = `${server.url}/execution`;
  const ask = async (method: string, params: unknown[] = [], session?: string): Promise<Answer> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: session === undefined ? {} : { authorization: `Bearer ${session}` },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    return (await response.json()) as Answer;
  };
  return {
    ...access,
    server,
    gate,
    url,
    token,
    alicePaysBob,
    aliceMoves,
    clock,
    call: ask,
    async signIn(account) {
      const { message, signature } = await signedMessage(ask, account, clock);
      const { result, error } = await ask('hsk_createSession', [{ message, signature }]);
      if (!result) throw new Error(error?.message);
      return (result as { token: string }).token;
    },
    async close() {
      await server.close();
      await gate.close();
      await chain.close();
    },
  };
}

export interface Terms {
  nonce: string;
  domain: string;
  uri: string;
  chainId: number;
}

/** A message for the node, with fields replaced, signed by the account or by another one. */
export async function signedMessage(
  ask: PrivateChain['call'],
  account: PrivateKeyAccount,
  clock: { now: number },
  changed: Partial<Parameters<typeof createSiweMessage>[0]> = {},
  signer = account,
): Promise<{ message: string; signature: Hex }> {
  const { nonce, domain, uri, chainId } = (await ask('hsk_getSessionNonce')).result as Terms;
  const message = createSiweMessage({
    address: account.address,
    domain,
    uri,
    chainId,
    nonce,
    version: '1',
    issuedAt: new Date(clock.now * 1000),
    expirationTime: new Date((clock.now + 600) * 1000),
    ...changed,
  });
  return { message, signature: await signer.signMessage({ message }) };
}
