import assert from 'node:assert/strict';
import { type ChildProcess, execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Address, encodeFunctionData, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { createSiweMessage } from 'viem/siwe';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { hongKongDollarAbi } from '../../src/contracts/abi/HongKongDollar.ts';
import { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { httpTransport } from '../../src/light-client/transport.ts';
import { readAdmission } from '../../src/market/admission.ts';
import { readCash, readUnits } from '../../src/market/holdings.ts';
import type { HskError } from '../../src/protocol/errors.ts';
import { parseEvidence } from '../../src/protocol/evidence.ts';
import { type ChainProfile, parseProfile } from '../../src/protocol/profile.ts';
import { verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { memoryJournal } from '../../src/wallet/journal.ts';
import { memoryLocks } from '../../src/wallet/vault/locks.ts';
import { Vault } from '../../src/wallet/vault/vault.ts';
import { memoryVaultStore } from '../../src/wallet/vault/vault-store.ts';
import { Wallet } from '../../src/wallet/wallet.ts';
import { exited, freePort, startProgram, temporaryFolder } from '../support/stack.ts';
import { localEvm } from './local-evm.ts';
import { live, refuses, until } from './until.ts';

const MERCHANT: Address = '0x00000000000000000000000000000000000d2d2d';
const run = promisify(execFile);
const PASSWORD = 'four unrelated words';

let data: string;
let port: number;
let child: ChildProcess;
let profile: ChainProfile;

/** The packaged node, closed in every way. */
async function startNode(): Promise<void> {
  const program = '--stack-size=4000 --import tsx src/node/cli.ts start --json';
  const closed = '--senders admitted --reads private --gas free';
  const args = [...program.split(' '), ...closed.split(' '), '--data', data, '--port', String(port)];
  const started = await startProgram(args);
  child = started.child;
  profile = parseProfile(JSON.parse(readFileSync(String(started.line['profile']), 'utf8')));
}

before(async () => {
  data = temporaryFolder();
  port = await freePort();
  await startNode();
});
after(async () => {
  child.kill('SIGTERM');
  await exited(child);
  rmSync(data, { recursive: true, force: true });
});

interface Seat {
  client: LightClient;
  vault: Vault;
  wallet: Wallet;
  /** `Authorization` headers that left, by URL. */
  sent: Map<string, Set<string>>;
  close(): void;
}

async function takeSeat(): Promise<Seat> {
  const sent = new Map<string, Set<string>>();
  const client = new LightClient({
    store: memoryStore(),
    evm: localEvm,
    transport: (urls, _chain, options) =>
      httpTransport(urls, {
        ...options,
        fetch: (input, init) => {
          const header = new Headers(init?.headers).get('authorization');
          if (header) sent.set(String(input), (sent.get(String(input)) ?? new Set()).add(header));
          return fetch(input, init);
        },
      }),
  });
  await client.start(profile);
  const vault = new Vault({ store: memoryVaultStore(), locks: memoryLocks() });
  const wallet = new Wallet({
    vault,
    lightClient: client,
    profile,
    journal: memoryJournal(),
    locks: memoryLocks(),
  });
  await wallet.ready;
  await until(client, live, 60_000);
  return {
    client,
    vault,
    wallet,
    sent,
    close() {
      wallet.close();
      client.stop();
      vault.forget('locked');
    },
  };
}

/** Until the node has admitted and funded the account. */
async function funded({ client }: Seat, account: Address): Promise<bigint> {
  for (let tries = 0; tries < 300; tries++) {
    const cash = await readCash(client, profile, account).catch(() => undefined);
    // The faucet gives money first, gas after it.
    const native = await client.read({ kind: 'account', address: account }).catch(() => undefined);
    if (cash && cash.value > 0n && native && native.value.balance > 0n) return cash.value;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail('the faucet never came');
}

describe('wallet and light client on a private node', () => {
  it('has a committee that hands nothing to a stranger', async () => {
    const [member] = profile.services.committee;
    const { blockNumber } = (await (await fetch(`${member}/tip`)).json()) as { blockNumber: string };
    const vote = (await (await fetch(`${member}/block/${blockNumber}`)).json()) as {
      attestation: { dataHash: Hex };
    };
    const { dataHash } = vote.attestation;
    const bundles = [`/get/0x00${dataHash.slice(2)}`, `/get-by-hash/${dataHash.slice(2)}`];
    for (const route of [...bundles, `/proof/${dataHash}`, '/evidence', '/disclosures']) {
      const answer = await fetch(`${member}${route}`);
      assert.equal(answer.status, 401, route);
    }
    const program = '--stack-size=4000 --import tsx src/node/cli.ts audit';
    const files = [
      '--profile',
      path.join(data, 'profile.json'),
      '--key',
      path.join(data, 'keys/sequencer.key'),
    ];
    const audit = await run(process.execPath, [...program.split(' '), '--to', blockNumber, ...files]);
    assert.match(audit.stdout, /everything holds/);
  });

  it('shows nothing before the wallet is unlocked, then the own account, proven', async () => {
    assert.deepEqual(profile.execution.access, { senders: 'admitted', reads: 'private', gas: 'free' });
    const seat = await takeSeat();
    const { client, wallet } = seat;
    assert.equal((await client.status()).signIn, true, 'heads are followed without a session');
    await wallet.create(await wallet.newPhrase(), PASSWORD);
    const account = wallet.account!;
    await until(client, ({ signIn }) => !signIn, 30_000);
    const cash = await funded(seat, account);
    const native = await client.read({ kind: 'account', address: account });
    assert.equal(native.value.nonce, 0n);
    const product = profile.products[0]!;
    assert.equal((await readUnits(client, product, account)).value, 0n);
    assert.equal((await readAdmission(client, profile, product, account)).value.admitted, false);
    assert.equal(client && (await client.header(native.block.number)).baseFeePerGas, 0n);

    const bearers = [...seat.sent];
    assert.deepEqual(
      bearers.map(([url]) => url),
      [profile.execution.rpcUrls[0]],
    );
    assert.equal(bearers[0]![1].size, 1);

    // Another's is refused, and what is asked about somebody else never reaches the page.
    await assert.rejects(client.read({ kind: 'account', address: MERCHANT }), refuses('RPC_ERROR'));

    const stablecoin = profile.execution.contracts.stablecoin;
    const transfer = encodeFunctionData({
      abi: hongKongDollarAbi,
      functionName: 'transfer',
      args: [MERCHANT, 1_000_000n],
    });
    const receipt = await wallet.send({ to: stablecoin, data: transfer, describe: 'Pay' });
    assert.equal(receipt.value.status, 'success');
    assert.equal(receipt.value.logs.length, 1);
    assert.equal((await readCash(client, profile, account)).value, cash - 1_000_000n);

    // A call is executed on what the account may see, and on nothing else.
    const balanceOf = (of: Address) =>
      client.request({
        method: 'eth_call',
        params: [
          {
            from: account,
            to: stablecoin,
            data: encodeFunctionData({ abi: hongKongDollarAbi, functionName: 'balanceOf', args: [of] }),
          },
          'latest',
        ],
      });
    assert.equal(BigInt((await balanceOf(account)) as Hex), cash - 1_000_000n);
    await assert.rejects(balanceOf(MERCHANT), refuses('CALL_STATE_PRIVATE'));

    const proven = await readCash(client, profile, account);
    const evidence = parseEvidence(JSON.parse(await client.evidence(proven.evidenceId)));
    assert.equal(verifyEvidence(evidence, profile, anchorRegistrySlots).claim.kind, 'storage');
    await assert.rejects(client.evidence(receipt.evidenceId), refuses('BODY_PRIVATE'));
    const range = { fromBlock: 0n, toBlock: receipt.block.number };
    const logs = client.read({ kind: 'logs', address: stablecoin, topics: [], ...range });
    await assert.rejects(logs, refuses('BODY_PRIVATE'));

    // A node that forgot its sessions: the wallet signs in again by itself.
    child.kill('SIGTERM');
    await exited(child);
    await startNode();
    assert.equal((await readCash(client, profile, account)).value, cash - 1_000_000n);
    const other = await readCash(client, profile, account);
    assert.equal(other.value, cash - 1_000_000n);

    // A locked wallet leaves no session behind.
    const [token] = [...seat.sent.get(profile.execution.rpcUrls[0]!)!].toReversed();
    await wallet.lock();
    await until(client, ({ signIn }) => signIn === true, 30_000);
    const response = await fetch(profile.execution.rpcUrls[0]!, {
      method: 'POST',
      headers: { authorization: token! },
      body: JSON.stringify({ id: 1, method: 'eth_getBalance', params: [account, 'latest'] }),
    });
    assert.equal(((await response.json()) as { error: { code: number } }).error.code, -32001);
    seat.close();
  });

  it('a receipt that is another, or proven under another root, is refused', async () => {
    const seat = await takeSeat();
    await seat.wallet.create(await seat.wallet.newPhrase(), PASSWORD);
    await funded(seat, seat.wallet.account!);
    const { transactionHash } = (await seat.wallet.send({ to: MERCHANT, value: 1n, describe: 'Pay' })).value;
    const lies: ((method: string, answer: Record<string, unknown>) => void)[] = [
      (method, answer) => method === 'hsk_getReceiptProof' && (answer['proof'] as Hex[]).pop(),
      (method, answer) => {
        if (method === 'hsk_getTransactionProof') answer['transactionIndex'] = '0x7';
      },
      (method, answer) => {
        if (method.endsWith('Proof') && method.startsWith('hsk_'))
          answer['proof'] = (answer['proof'] as Hex[]).map(
            (node) => node.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) as Hex,
          );
      },
    ];
    for (const lie of lies) {
      const client = new LightClient({
        store: memoryStore(),
        transport: (urls, _chain, options) => {
          const honest = httpTransport(urls, options);
          return {
            request: async (method, params) => {
              const answer = await honest.request(method, params);
              if (typeof answer === 'object' && answer !== null)
                lie(method, answer as Record<string, unknown>);
              return answer;
            },
          };
        },
      });
      await client.start(profile);
      await until(client, live, 60_000);
      const terms = await client.signInTerms();
      await client.signIn(await seat.vault.signIn(seat.wallet.account!, terms!));
      await assert.rejects(client.read({ kind: 'receipt', transactionHash }), (error) =>
        /^(TRIE|RECEIPT)_/.test((error as HskError).code),
      );
      client.stop();
    }
    seat.close();
  });

  it('the vault writes the text itself, exactly as EIP-4361 has it', async () => {
    const now = 1_800_000_000_000;
    const vault = new Vault({ store: memoryVaultStore(), locks: memoryLocks(), now: () => now });
    await vault.create('test test test test test test test test test test test junk', PASSWORD);
    const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
    const request = { uri: 'https://node.example:8443/execution', chainId: 31178, nonce: 'abcdef0123456789' };
    const { message, signature } = await vault.signIn(account.address, request);
    const expected = createSiweMessage({
      address: account.address,
      domain: 'node.example:8443',
      statement: 'See my own records on this chain.',
      version: '1',
      issuedAt: new Date(now),
      expirationTime: new Date(now + 3_600_000),
      ...request,
    });
    assert.equal(message, expected);
    assert.equal(signature, await account.signMessage({ message }));
    for (const hostile of [
      { ...request, uri: 'https://node.example/\nURI: https://evil.example' },
      { ...request, uri: 'https://user@node.example/' },
      { ...request, uri: 'javascript:alert(1)' },
      { ...request, uri: 'https://' },
      { ...request, uri: 5 as never },
      { ...request, nonce: 'abcdefgh\nResources:' },
      { ...request, nonce: 'short' },
      { ...request, chainId: -1 },
      'a raw text' as never,
    ])
      await assert.rejects(vault.signIn(account.address, hostile), refuses('VAULT_ARGUMENT'));
    vault.forget('locked');
    await assert.rejects(vault.signIn(account.address, request), refuses('VAULT_LOCKED'));
  });
});
