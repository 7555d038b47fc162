import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { type Hex, numberToHex, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount, privateKeyToAddress } from 'viem/accounts';
import { createChainClient } from '../../src/node/chain-client.ts';
import { fundRoles } from '../../src/node/deploy/fund-roles.ts';
import { EXECUTION_SENDERS } from '../../src/node/genesis-accounts.ts';
import { localNetwork } from '../../src/node/network/local-network.ts';
import { loadOrCreateKeys, ROLES } from '../../src/node/keys/node-keys.ts';
import { OPEN_ACCESS } from '../../src/node/access/options.ts';
import { type ReferenceNode, startReferenceNode } from '../../src/node/reference-node.ts';
import { rpcCaller } from '../../src/node/remote/json-rpc.ts';
import { RemoteChain } from '../../src/node/remote/remote-chain.ts';
import { Sender } from '../../src/node/sender.ts';
import { HskError } from '../../src/protocol/errors.ts';
import { parseSignedAttestation } from '../../src/protocol/attestation.ts';
import { anvilBinary, startAnvil } from './chain-anvil.ts';
import { eventually } from './spawn-node.ts';

const CHAIN_ID = 424_242;
const OPTIONS = ['--chain-id', String(CHAIN_ID), '--block-time', '1', '--mixed-mining'];

const binary = anvilBinary();
const failsWith =
  (code: string, words = /(?:)/) =>
  (error: unknown) =>
    error instanceof HskError && error.code === code && words.test(error.message);

/** An address whose engine can go away and come back, be another one, or say something else. */
class Door {
  readonly #server: Server;
  engine: string | undefined;
  rewrite = (body: string): string => body;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(engine: string): Promise<Door> {
    const server = createServer((incoming, outgoing) => {
      if (door.engine === undefined) return incoming.socket.destroy();
      const onwards = forward(
        door.engine,
        { method: incoming.method, headers: incoming.headers },
        (answer) =>
          void readText(answer).then(
            (body) => outgoing.end(door.rewrite(body)),
            () => outgoing.destroy(),
          ),
      );
      onwards.on('error', () => outgoing.destroy());
      return incoming.pipe(onwards);
    });
    const door = new Door(server);
    door.engine = engine;
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return door;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('the engine of another program', { skip: binary === undefined }, () => {
  let anvil: Awaited<ReturnType<typeof startAnvil>>;
  let folder: string;
  let rich: string;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'hsk-foreign-'));
    anvil = await startAnvil(binary!, OPTIONS);
    rich = await funder('rich', '10000');
  });

  after(() => {
    anvil?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A key file whose account has so much there. */
  async function funder(name: string, coins: string): Promise<string> {
    const key = generatePrivateKey();
    const file = path.join(folder, `${name}.key`);
    writeFileSync(file, `${key}\n`, { mode: 0o600 });
    await rpcCaller(anvil.url)('anvil_setBalance', [
      privateKeyToAddress(key),
      numberToHex(parseEther(coins)),
    ]);
    return file;
  }

  /** The network of a node that keeps its keys in this folder. */
  const network = (name: string) =>
    localNetwork(loadOrCreateKeys(path.join(folder, name)), '', OPEN_ACCESS, 'bls', {
      url: anvil.url,
      chainId: CHAIN_ID,
    });

  const client = () =>
    createChainClient(
      { chainId: CHAIN_ID, request: rpcCaller(anvil.url) },
      { name: 'anvil', currency: 'ETH' },
    );

  const start = (data: string, options: Partial<Parameters<typeof startReferenceNode>[0]> = {}) =>
    startReferenceNode({
      dataDir: path.join(folder, data),
      port: 0,
      executionUrl: anvil.url,
      funder: rich,
      ...options,
    });

  describe('followed over JSON-RPC', () => {
    const follow = (url: string, more: object = {}) =>
      RemoteChain.open({ url, pollMs: 50, report: () => undefined, ...more });

    it('gives blocks whose hashes, senders and receipts are ours', async () => {
      const chain = await follow(anvil.url);
      assert.equal(chain.chainId, CHAIN_ID);
      const sender = new Sender(client(), privateKeyToAccount(readFileSync(rich, 'utf8').trim() as Hex));
      const { blockNumber, blockHash } = await sender.execute({ to: sender.address, value: 1n });
      await eventually(async () => chain.head().header.number >= blockNumber);
      const block = await chain.block(blockNumber);
      assert.equal(block!.hash, blockHash);
      assert.deepEqual(block!.senders, [sender.address.toLowerCase()]);
      assert.equal(block!.receipts.length, 1);
      assert.equal(await chain.block(blockNumber + 1_000_000n), undefined);
      await chain.close();
    });

    it('is refused when it is another chain, or hashes its headers otherwise', async () => {
      await assert.rejects(follow(anvil.url, { chainId: 1 }), failsWith('CHAIN_OTHER', /expected 1/));
      const door = await Door.open(anvil.url);
      door.rewrite = (body) => body.replace(/"hash":"0x[0-9a-f]{64}"/, `"hash":"0x${'11'.repeat(32)}"`);
      await assert.rejects(follow(door.url), failsWith('CHAIN_HEADER_UNKNOWN', /1111/));
      door.close();
    });

    it('goes away and comes back', async () => {
      const door = await Door.open(anvil.url);
      const words: string[] = [];
      const chain = await follow(door.url, { report: (line: string) => words.push(line) });
      door.engine = undefined;
      await eventually(async () => !chain.reachable);
      const last = chain.head().header.number;
      assert.match(words[0]!, /CHAIN_UNREACHABLE|does not answer/);
      await assert.rejects(chain.request('eth_blockNumber'), failsWith('CHAIN_UNREACHABLE'));
      door.engine = anvil.url;
      await eventually(async () => chain.reachable && chain.head().header.number > last);
      assert.match(words.at(-1)!, /answers again/);
      await chain.close();
      door.close();
    });
  });

  describe('gas for the accounts of the node', () => {
    it('names who lacks it, and a funder that has too little or no key', async () => {
      const accounts = network('poor');
      await assert.rejects(fundRoles(client(), accounts, undefined), (error) => {
        for (const role of [...EXECUTION_SENDERS, 'faucet'] as const)
          assert.match((error as HskError).message, new RegExp(`${role} ${accounts.accounts[role]}`));
        return failsWith('EXECUTION_UNFUNDED')(error);
      });
      const little = await funder('little', '3');
      await assert.rejects(
        fundRoles(client(), accounts, little),
        failsWith('EXECUTION_UNFUNDED', /has 3, .* need 1070/),
      );
      for (const file of [path.join(folder, 'absent.key'), path.join(folder, 'poor')])
        await assert.rejects(fundRoles(client(), accounts, file), failsWith('KEYS_DAMAGED'));
    });

    it('is given once', async () => {
      const accounts = network('given');
      await fundRoles(client(), accounts, rich);
      const balances = () =>
        Promise.all(ROLES.map((role) => client().getBalance({ address: accounts.accounts[role] })));
      const first = await balances();
      assert.equal(first[ROLES.indexOf('faucet')], parseEther('1000'));
      await fundRoles(client(), accounts, rich);
      await fundRoles(client(), accounts, undefined);
      assert.deepEqual(await balances(), first);
    });
  });

  describe('a node attached to it', () => {
    it('is refused with a wrong address, without gas, and with rules of our own engine', async () => {
      const nobody = await Door.open(anvil.url);
      nobody.engine = undefined;
      await assert.rejects(start('wrong', { executionUrl: nobody.url }), failsWith('CHAIN_UNREACHABLE'));
      nobody.close();
      const page = createServer((_, response) => response.end('<!doctype html>'));
      await new Promise<void>((resolve) => {
        page.listen(0, '127.0.0.1', resolve);
      });
      const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
      await assert.rejects(start('wrong', { executionUrl: url }), failsWith('CHAIN_ANSWER_INVALID'));
      page.close();
      await assert.rejects(
        startReferenceNode({ dataDir: path.join(folder, 'wrong'), port: 0, executionUrl: anvil.url }),
        failsWith('EXECUTION_UNFUNDED', /--funder/),
      );
      for (const access of [{ senders: 'admitted' }, { reads: 'private' }, { gas: 'free' }] as const)
        await assert.rejects(start('wrong', { access }), failsWith('ACCESS_FOREIGN'));
    });

    it('attests, through an absence of the engine and a restart, and refuses another chain', async () => {
      const door = await Door.open(anvil.url);
      let node: ReferenceNode = await start('data', { executionUrl: door.url });
      const { execution } = node.profile;
      assert.equal(execution.chainId, CHAIN_ID);
      const attested = async () => {
        const answer = await rpcCaller(node.profile.execution.rpcUrls[0]!)('hsk_getAttestation', ['latest']);
        return answer === null ? -1n : parseSignedAttestation(answer, 'attestation').attestation.blockNumber;
      };
      const beyond = (number: bigint) => eventually(async () => (await attested()) > number);
      await beyond(execution.attestedAfter!.number);

      door.engine = undefined;
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const then = await attested();
      door.engine = anvil.url;
      await beyond(then + 1n);
      await node.close();

      node = await start('data', { executionUrl: door.url });
      assert.deepEqual(node.profile.execution.contracts, execution.contracts);
      await beyond(then + 2n);
      await node.close();

      const other = await startAnvil(binary!, OPTIONS);
      door.engine = other.url;
      for (const account of Object.values(network('data/keys').accounts))
        await rpcCaller(other.url)('anvil_setBalance', [account, numberToHex(parseEther('1000'))]);
      await assert.rejects(
        start('data', { executionUrl: door.url }),
        failsWith('DEPLOY_OTHER_CHAIN', /deployed on 0x/),
      );
      other.stop();
      door.close();
    });
  });
});
