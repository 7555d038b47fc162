import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LightClient } from '../../src/light-client/light-client.ts';
import { memoryStore } from '../../src/light-client/store.ts';
import { type ReferenceNode, startReferenceNode } from '../../src/node/reference-node.ts';
import { eventually, runCli } from './spawn-node.ts';

let folder: string;
let node: ReferenceNode;
let evidenceFile: string;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hsk-verify-'));
  node = await startReferenceNode({ dataDir: path.join(folder, 'data'), port: 0 });
  const client = new LightClient({ store: memoryStore() });
  await client.start(node.profile);
  await eventually(async () => (await client.status()).heads.attested);
  const { stablecoin: address } = node.profile.execution.contracts;
  const answer = await client.read({ kind: 'account', address });
  await eventually(async () => ((await client.status()).heads.anchored?.number ?? 0n) >= answer.block.number);
  evidenceFile = path.join(folder, 'evidence.json');
  writeFileSync(evidenceFile, await client.evidence(answer.evidenceId));
  client.stop();
});

after(async () => {
  await node.close();
  rmSync(folder, { recursive: true, force: true });
});

const verify = (...args: string[]) => runCli(['verify', ...args, '--profile', node.profileFile]);

describe('hsk-node verify', () => {
  it('verifies what the light client exported, and says how far it is proven', async () => {
    const { code, output } = await verify(evidenceFile);
    assert.equal(code, 0);
    assert.match(output, /ok {2}attestation/);
    assert.match(output, /Proven: (anchored|final)/);
    const { output: line } = await verify(evidenceFile, '--json');
    const decision = JSON.parse(line) as { rung: string; claim: { kind: string; address: string } };
    assert.match(decision.rung, /anchored|final/);
    assert.equal(decision.claim.address, node.profile.execution.contracts.stablecoin);
  });

  it('refuses an altered document, another deployment and what is no document', async () => {
    const altered = JSON.parse(readFileSync(evidenceFile, 'utf8')) as {
      claim: { account: { balance: string } };
    };
    altered.claim.account.balance = '1';
    const alteredFile = path.join(folder, 'altered.json');
    writeFileSync(alteredFile, JSON.stringify(altered));
    const refused = await verify(alteredFile);
    assert.equal(refused.code, 1);
    assert.match(refused.errors, /claim/);

    const other = JSON.parse(readFileSync(node.profileFile, 'utf8')) as { execution: { chainId: number } };
    other.execution.chainId += 1;
    const otherFile = path.join(folder, 'other-profile.json');
    writeFileSync(otherFile, JSON.stringify(other));
    assert.equal((await runCli(['verify', evidenceFile, '--profile', otherFile])).code, 1);

    assert.match((await verify(path.join(folder, 'absent.json'))).errors, /cannot be read/);
    writeFileSync(alteredFile, '{');
    assert.match((await verify(alteredFile)).errors, /not JSON/);
    assert.match((await verify()).errors, /Exactly one evidence document/);
  });
});
