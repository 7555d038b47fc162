import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { parseEther } from 'viem';
import { anchorRegistrySlots } from '../../src/contracts/abi/AnchorRegistry.ts';
import { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { type Chain, openMainchain } from '../../src/node/chain/chain.ts';
import { type ReferenceNode, startReferenceNode } from '../../src/node/reference-node.ts';
import { type RpcServer, startRpcServer } from '../../src/node/rpc/server.ts';
import { parseEvidence } from '../../src/protocol/evidence.ts';
import { executionHash } from '../../src/protocol/execution-hash.ts';
import { verifyEvidence } from '../../src/protocol/verify-evidence.ts';
import { funded, temporaryDirectory, testAccount, testKey, VALIDATOR_KEYS } from '../node/chain-fixture.ts';
import { live, until } from './until.ts';

// A chain whose headers are those of Besu's QBFT, as an existing network that the node is attached to.
let engine: Chain;
let server: RpcServer;
let node: ReferenceNode;
const client = new LightClient({ store: memoryStore() });

before(async () => {
  const directory = await temporaryDirectory(undefined);
  engine = await openMainchain({
    directory: path.join(directory, 'engine'),
    validatorKeys: VALIDATOR_KEYS,
    chainId: 4242,
    alloc: funded(testAccount('funder')),
    periodSeconds: 1,
  });
  server = await startRpcServer({ chains: { '/': engine }, port: 0 });
  const funder = path.join(directory, 'funder.key');
  writeFileSync(funder, `${testKey('funder')}\n`, { mode: 0o600 });
  node = await startReferenceNode({
    dataDir: path.join(directory, 'node'),
    port: 0,
    executionUrl: server.url,
    funder,
  });
});

after(async () => {
  client.stop();
  await (node as ReferenceNode | undefined)?.close();
  await server.close();
  await engine.close();
});

it('attests and proves an existing QBFT network, from the block after the deployment on', async () => {
  const { profile } = node;
  assert.equal(profile.execution.chainId, 4242);
  const from = profile.execution.attestedAfter!;
  assert.ok(from.number > 0n);
  assert.equal(from.hash, engine.block(from.number)!.hash);
  assert.equal(executionHash(engine.head().header), engine.head().hash);

  await client.start(profile);
  await until(client, live, 30_000);
  const address = testAccount('funder').address;
  const { value, rung, evidenceId } = await client.read({ kind: 'account', address });
  assert.notEqual(rung, 'sequenced');
  assert.ok(value.balance > parseEther('900000') && value.balance < parseEther('1000000'));
  const decision = verifyEvidence(
    parseEvidence(JSON.parse(await client.evidence(evidenceId))),
    profile,
    anchorRegistrySlots,
  );
  assert.equal(decision.rung, rung);
});
