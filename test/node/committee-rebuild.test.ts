import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Audit, audit } from '../../src/node/audit/audit.ts';
import { describeAudit } from '../../src/node/audit/describe-audit.ts';
import type { ChainTerms } from '../../src/node/committee/check-proposal.ts';
import { verifyEquivocation } from '../../src/node/committee/equivocation.ts';
import { rebuild } from '../../src/node/rebuild/rebuild.ts';
import { type RpcClient, rpcClient } from '../../src/node/rpc-client.ts';
import type { HskError } from '../../src/protocol/errors.ts';
import { testKey } from './chain-fixture.ts';
import { auditor, CommitteeNetwork, holder, sequencer, type SpawnedMember } from './committee-network.ts';
import { eventually, runCli } from './spawn-node.ts';

let network: CommitteeNetwork;
let members: SpawnedMember[];

before(async () => {
  network = await CommitteeNetwork.open();
  members = await network.hostMembers('Alpha', 'Beta', 'Gamma', 'Delta');
  await network.register(members);
  await network.aggregate();
  for (let i = 0; i < 4; i++) await network.transfer();
  await network.anchor(await network.attested(3n));
  const last = await network.hostMember('Epsilon');
  await network.register([members[1]!, members[2]!, members[3]!, last]);
  await eventually(async () => {
    await network.transfer();
    return (await network.attested(network.head)).attestation.epoch === 2n;
  });
});
after(() => network.close());

const isCode = (code: string) => (error: HskError) => error.code === code;

type Alter = (method: string, params: unknown[], answer: unknown) => unknown;

async function auditAll(
  options: { account?: typeof auditor; alter?: Alter; to?: bigint } = {},
): Promise<Audit> {
  const { account = auditor, alter = (_method, _params, answer) => answer, to } = options;
  const over = (name: 'mainchain' | 'execution'): RpcClient => {
    const { rpcUrls, chainId } = network.profile[name];
    const { client, request } = rpcClient(rpcUrls[0]!, chainId, name);
    return {
      client,
      request: async (method, params = []) => alter(method, params, await request(method, params)),
    };
  };
  const names = new Map(
    await Promise.all(
      network.members.map(async (member) => {
        const { publicKey, name } = await member.as(account).published();
        return [publicKey, name!] as const;
      }),
    ),
  );
  return audit({
    profile: network.profile,
    execution: over('execution'),
    mainchain: over('mainchain'),
    ...(to !== undefined && { to }),
    sources: network.members.map((member) => member.as(account)),
    names,
  });
}

describe('audit', () => {
  it('says who attested what in both epochs, and that it holds', async () => {
    const result = await auditAll();
    assert.equal(result.failed, 0, describeAudit(result));
    assert.equal(result.to, network.head);
    assert.ok(result.sealedBlock! > 0n);
    for (const row of result.rows) {
      assert.equal(row.data, 'verified');
      assert.ok(row.signers.length >= 3);
      assert.equal(row.anchor?.blockNumber, row.blockNumber <= 3n ? 3n : undefined);
    }
    const signed = new Map(result.signers.map((one) => [one.name, one]));
    assert.deepEqual([...signed.keys()].toSorted(), ['Alpha', 'Beta', 'Delta', 'Epsilon', 'Gamma']);
    assert.equal(signed.get('Alpha')!.asked + signed.get('Epsilon')!.asked, result.rows.length);
    assert.equal(result.unanchored, result.rows.length - 3);
    const text = describeAudit(result);
    assert.match(text, /everything holds/);
    assert.match(text, /Alpha, .*\(\d of 4\)/);
  });

  it('leaves data that the reader may not have, and nothing else', async () => {
    const result = await auditAll({ account: holder });
    assert.equal(result.failed, 0);
    assert.ok(result.rows.every(({ data }) => data === 'not permitted'));
  });

  const lies: [string, Alter, RegExp][] = [
    [
      'a bitmap',
      (method, [block], answer) =>
        method === 'hsk_getAttestation' && block === '0x2'
          ? { ...(answer as object), bitmap: '0x03' }
          : answer,
      /block 2: signature: ATTESTATION_THRESHOLD/,
    ],
    [
      'another attestation',
      (method, [block], answer) => {
        const { attestation, ...rest } = answer as { attestation: object };
        return method === 'hsk_getAttestation' && block === '0x2'
          ? { ...rest, attestation: { ...attestation, dataLength: '1' } }
          : answer;
      },
      /block 2: signature: ATTESTATION_SIGNATURE[^]*block 3: previous/,
    ],
    [
      'a header',
      (method, [block], answer) =>
        method === 'eth_getBlockByNumber' && block === '0x3'
          ? { ...(answer as object), gasUsed: '0x1' }
          : answer,
      /block 3: header: AUDIT_OTHER/,
    ],
    [
      'nothing',
      (method, [block], answer) => (method === 'hsk_getAttestation' && block === '0x1' ? null : answer),
      /block 1: not attested/,
    ],
  ];
  for (const [name, alter, words] of lies)
    it(`finds out an endpoint that answers ${name}`, async () => {
      const result = await auditAll({ alter, to: 4n });
      assert.ok(result.failed > 0);
      assert.match(describeAudit(result), words);
    });

  it('is a command whose exit code tells', async () => {
    const keyFile = path.join(network.folder, 'auditor.key');
    writeFileSync(keyFile, `${testKey('auditor')}\n`);
    const args = ['audit', '--profile', network.profileFile, '--key', keyFile, '--from', '2', '--to', '4'];
    const good = await runCli(args);
    assert.equal(good.code, 0, good.errors);
    assert.match(good.output, /Blocks 2 to 4: everything holds/);
    const beyond = await runCli([...args.slice(0, -1), String(network.head + 1n), '--json']);
    assert.equal(beyond.code, 1);
    assert.equal((JSON.parse(beyond.output) as { failed: number }).failed, 1);
  });
});

describe('rebuild', () => {
  it('gives the same chain back, the block below the threshold too, and the chain goes on', async () => {
    await network.attested(network.head);
    const attested = network.head;
    const [, , gamma, delta] = members;
    await Promise.all([gamma!.kill(), delta!.kill()]);
    await network.transfer();
    await eventually(async () => network.committee!.aggregator.status().stopped);
    const { hash, header } = network.execution.head();
    assert.equal(header.number, attested + 1n);

    await network.committee!.close();
    await network.execution.close();
    for (const name of ['execution', 'committee'])
      rmSync(path.join(network.folder, name), { recursive: true });
    mkdirSync(path.join(network.folder, 'keys'));
    writeFileSync(path.join(network.folder, 'keys', 'sequencer.key'), `${testKey('sequencer')}\n`);
    const args = ['rebuild', '--data', network.folder, '--json', '--from'];
    const urls = network.members.map(({ url }) => url).join(',');
    const silent = await runCli([...args, urls]);
    assert.equal(silent.code, 1);
    assert.match(silent.errors, /A member does not answer[^]*--allow-missing/);
    assert.ok(!existsSync(path.join(network.folder, 'execution')));

    const { code, output, errors } = await runCli([...args, urls, '--allow-missing']);
    assert.equal(code, 0, errors);
    assert.deepEqual(JSON.parse(output), {
      head: header.number.toString(),
      hash,
      stateRoot: header.stateRoot,
      attested: attested.toString(),
      transactions: network.transfers,
    });

    await network.openExecution();
    assert.equal(network.execution.head().hash, hash);
    members[2] = await network.hostMember('Gamma');
    members[3] = await network.hostMember('Delta');
    await network.aggregate();
    await network.transfer();
    const signed = await network.attested(network.head);
    assert.equal(signed.attestation.blockNumber, header.number + 1n);
    const result = await auditAll();
    assert.equal(result.failed, 0, describeAudit(result));
    for (const member of network.members) assert.deepEqual(await member.as(auditor).evidence(), []);
  });

  it('refuses a directory that holds a chain, and members that lie', async () => {
    const options = {
      directory: path.join(network.folder, 'execution'),
      committeeDirectory: path.join(network.folder, 'elsewhere'),
      terms: network.terms,
      registry: network.registry,
      sources: network.members.map((member) => member.as(sequencer)),
      allowMissing: false,
      progress: () => undefined,
    };
    await assert.rejects(rebuild(options), isCode('REBUILD_NOT_EMPTY'));
    const directory = path.join(network.folder, 'again');
    const [honest] = options.sources;
    // Its word alone, and every signature that another wrote of is missing.
    const liar = {
      url: 'liar',
      publicKey: () => honest!.publicKey(),
      tip: () => honest!.tip(),
      bundle: (commitment: `0x${string}`) => honest!.bundle(commitment),
      genesis: async () => new TextEncoder().encode('{"chainId":31178}'),
      vote: async (number: bigint) => {
        const vote = await honest!.vote(number);
        return vote && { ...vote, certificate: { bitmap: '0x0f', signature: vote.signature! } as const };
      },
    };
    await assert.rejects(rebuild({ ...options, directory, sources: [liar] }), isCode('REBUILD_GENESIS'));
    const half = { ...liar, genesis: () => honest!.genesis() };
    await assert.rejects(rebuild({ ...options, directory, sources: [half] }), isCode('REBUILD_UNATTESTED'));
    assert.ok(!existsSync(directory));
    const { hash } = await rebuild({ ...options, directory, sources: [half, ...options.sources.slice(1)] });
    assert.equal(hash, network.execution.head().hash);
  });

  it('a sequencer that lost blocks and makes others is proven to have', async () => {
    const { terms } = network;
    await network.committee!.close();
    await network.execution.close();
    rmSync(path.join(network.folder, 'execution'), { recursive: true });
    rmSync(path.join(network.folder, 'committee'), { recursive: true });
    await rebuildTo(3n, terms);
    await network.openExecution();
    network.transfers = 3;
    await network.aggregate();
    await network.transfer();
    await eventually(async () => network.reports.some((line) => line.includes('stopped at block 3')));
    const [evidence] = await members[1]!.as(auditor).evidence();
    const { sequencer: account, blockNumber } = verifyEquivocation(evidence!, terms.domain);
    assert.deepEqual([account, blockNumber], [sequencer.address.toLowerCase(), 4n]);
  });
});

/** As from members that never saw more. */
async function rebuildTo(top: bigint, terms: ChainTerms): Promise<void> {
  const sources = network.members.slice(0, 4).map((member) => {
    const source = member.as(sequencer);
    return Object.assign(source, {
      tip: async () => ({ blockNumber: top, blockHash: '0x', digest: '0x', epoch: 1n }) as const,
    });
  });
  await rebuild({
    directory: path.join(network.folder, 'execution'),
    committeeDirectory: path.join(network.folder, 'committee'),
    terms,
    registry: network.registry,
    sources,
    allowMissing: false,
    progress: () => undefined,
  });
}
