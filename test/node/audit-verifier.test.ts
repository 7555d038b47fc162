import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Address, encodeFunctionData, type Hex, keccak256 } from 'viem';
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { zkidVerifierDeployedBytecode } from '../../src/contracts/bytecode/ZkidVerifier.ts';
import { auditVerifier } from '../../src/node/audit/audit-verifier.ts';
import { describeAudit } from '../../src/node/audit/describe-audit.ts';
import { RpcError } from '../../src/node/rpc/rpc-error.ts';
import { type RpcClient, rpcClient } from '../../src/node/rpc-client.ts';
import type { Header } from '../../src/protocol/header.ts';
import { headerFromRpc } from '../../src/protocol/header-from-rpc.ts';
import type { ChainProfile } from '../../src/protocol/profile.ts';
import { admissionScope, policyHash } from '../../src/protocol/zkid.ts';
import { type IssuerUnderTest, PRODUCT, startIssuer, TOKEN } from '../identity/issuer-fixture.ts';

const PINNED = keccak256(zkidVerifierDeployedBytecode);
const data = mkdtempSync(path.join(tmpdir(), 'hsk-audit-'));
let issuer: IssuerUnderTest;
let rpc: RpcClient;

before(async () => {
  issuer = await startIssuer(data);
  const { rpcUrls, chainId } = issuer.profile.execution;
  rpc = rpcClient(rpcUrls[0]!, chainId, 'Execution chain');
});
after(async () => {
  await issuer?.stop();
  rmSync(data, { recursive: true, force: true });
});

const latest = async (): Promise<Header> =>
  headerFromRpc(await rpc.request('eth_getBlockByNumber', ['latest', false]));
const profile = (verifierCode: Hex | undefined = PINNED): ChainProfile =>
  ({
    ...issuer.profile,
    products: [PRODUCT],
    circuit: { ...issuer.profile.circuit, verifierCode },
  }) as unknown as ChainProfile;
/** An endpoint that answers something else. */
const lying = (alter: (params: unknown[], answer: unknown) => unknown): Pick<RpcClient, 'request'> => ({
  request: async (method, params = []) => alter(params, await rpc.request(method, params)),
});

test('the pinned verifier is proven for the tokens of the profile', async () => {
  const header = await latest();
  const result = await auditVerifier(profile(), rpc, header);
  assert.deepEqual(result, { tokens: 1, provenAt: header.number, failures: [] });
  const nothing = { from: 1n, to: 1n, rows: [], signers: [], failed: 0, unanchored: 0 };
  const table = describeAudit({ ...nothing, verifier: result });
  assert.match(table, /verifier of ZKID proofs is the pinned one for 1 tokens/);
});

test('a profile from before says nothing of it', async () => {
  const { verifierCode: _, ...circuit } = profile().circuit;
  assert.equal(await auditVerifier({ ...profile(), circuit }, rpc, await latest()), undefined);
});

test('another pin, and no sound block, are told', async () => {
  const other = await auditVerifier(profile(`0x${'11'.repeat(32)}`), rpc, await latest());
  assert.match(other!.failures[0]!, new RegExp(`its code is ${PINNED}, pinned is 0x11`));
  assert.deepEqual((await auditVerifier(profile(), rpc, undefined))!.failures, [
    'no block of the range holds',
  ]);
});

test('an endpoint cannot pass another verifier off as the pinned one', async () => {
  const header = await latest();
  const anotherAccount = lying((params, answer) => ({
    ...(answer as object),
    ...((params[0] as string).toLowerCase() === issuer.registry.toLowerCase() && { accountProof: [] }),
  }));
  const flipped = lying((_params, answer) => {
    const proof = answer as { accountProof: Hex[] };
    const last = proof.accountProof.at(-1)!;
    const bent = `${last.slice(0, -1)}${last.endsWith('0') ? '1' : '0'}` as Hex;
    return { ...proof, accountProof: [...proof.accountProof.slice(0, -1), bent] };
  });
  for (const liar of [anotherAccount, flipped]) {
    const { failures } = (await auditVerifier(profile(), liar, header))!;
    assert.match(failures.join(), /^verifier: \w+/);
  }
});

test('that an endpoint shows nothing is no failure where reads are private, and one everywhere else', async () => {
  const header = await latest();
  const closed: Pick<RpcClient, 'request'> = {
    request: async () => {
      throw new RpcError(-32_001, 'sign in first');
    },
  };
  const open = profile();
  assert.equal((await auditVerifier(open, closed, header))!.failures.length, 1);
  const access = { senders: 'open', reads: 'private', gas: 'market' } as const;
  const result = await auditVerifier({ ...open, execution: { ...open.execution, access } }, closed, header);
  assert.deepEqual(result, { tokens: 1, notShown: 'sign in first', failures: [] });
});

test('a token that was moved to another verifier is found', async () => {
  const deployer = issuer.sender('deployer');
  // Answers 1 to everything.
  const accepting: Hex = '0x600160005260206000f3';
  // PUSH10 of it, MSTORE, RETURN its ten bytes.
  const { contractAddress } = await deployer.execute({
    data: `0x69${accepting.slice(2)}600052600a6016f3`,
  });
  const call = async (functionName: 'addVerifier' | 'setPolicy', args: readonly unknown[]) =>
    deployer.execute({
      to: issuer.registry,
      data: encodeFunctionData({ abi: identityRegistryAbi, functionName, args } as never),
    });
  await call('addVerifier', [contractAddress as Address]);
  const scope = admissionScope(issuer.profile.execution.chainId, TOKEN, PRODUCT.scopeTag);
  await call('setPolicy', [TOKEN, policyHash(PRODUCT.policy), scope, 2, 0]);
  const { failures } = (await auditVerifier(profile(), rpc, await latest()))!;
  assert.equal(failures.length, 1);
  assert.match(failures[0]!, new RegExp(`${contractAddress}.*${keccak256(accepting)}`, 'i'));
});
