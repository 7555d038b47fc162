import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { keccak256, stringToBytes } from 'viem';
import { LOCKBOX, type OpenChains } from '../chains.ts';
import type { MemberKey } from '../committee/bls.ts';
import { writeDurably } from '../keys/durable-file.ts';
import type { NodeKeys } from '../keys/node-keys.ts';
import { Sender } from '../sender.ts';
import { type Deployment, readDeployment, writeDeployment } from './deployment.ts';
import { executionPlan } from './execution-plan.ts';
import { mainchainPlan } from './mainchain-plan.ts';
import { offeringDocument, OFFERINGS } from './offering.ts';
import { runPlan } from './run-plan.ts';

/** Members whose signatures make an attestation. */
export const THRESHOLD = 3;

export interface DeployParts {
  dataDir: string;
  chains: OpenChains;
  accounts: NodeKeys['accounts'];
  members: readonly MemberKey[];
}

/** Puts the contracts on both chains, or continues where an earlier start was cut off; done once per data directory. */
export async function deploy({ dataDir, chains, accounts, members }: DeployParts): Promise<Deployment> {
  const file = path.join(dataDir, 'deployment.json');
  const known = readDeployment(file);
  if (known) return known;
  const { mainchain, execution } = chains;
  const deployer = accounts.deployer.address;
  const below = mainchainPlan({
    deployer,
    treasury: accounts.treasury.address,
    executionChainId: execution.chainId,
    lockbox: LOCKBOX,
    committee: { threshold: THRESHOLD, members },
  });
  const above = executionPlan({
    deployer,
    issuer: accounts.issuer.address,
    desk: accounts.desk.address,
    chainId: execution.chainId,
    lockbox: LOCKBOX,
    underlying: below.addresses.stablecoin,
  });
  await Promise.all([
    runPlan(mainchain, new Sender(chains.mainchainClient, accounts.deployer), below.plan),
    runPlan(execution, new Sender(chains.executionClient, accounts.deployer), above.plan),
  ]);
  const deployment: Deployment = {
    mainchain: below.addresses,
    execution: above.addresses,
    products: above.tokens.map(({ symbol, token }) => {
      const offering = OFFERINGS.find((entry) => entry.symbol === symbol)!;
      const document = offeringDocument(offering, { token, chainId: execution.chainId });
      const directory = path.join(dataDir, 'desk');
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeDurably(path.join(directory, `${symbol}.terms.txt`), document);
      return { symbol, token, termsHash: keccak256(stringToBytes(document)) };
    }),
  };
  writeDeployment(file, deployment);
  return deployment;
}
