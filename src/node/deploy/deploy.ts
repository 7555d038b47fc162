import path from 'node:path';
import { type Hex, keccak256, numberToHex, type PrivateKeyAccount, stringToBytes } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { executionHash } from '../../protocol/execution-hash.ts';
import { headerFromRpc } from '../../protocol/header-from-rpc.ts';
import type { ChainClient } from '../chain-client.ts';
import type { FollowedChain } from '../chain/chain.ts';
import { LOCKBOX } from '../genesis-accounts.ts';
import { memberKeys, type Network } from '../network/network.ts';
import { Sender } from '../sender.ts';
import { type Deployment, readDeployment, writeDeployment } from './deployment.ts';
import { executionPlan } from './execution-plan.ts';
import { mainchainPlan } from './mainchain-plan.ts';
import { offeringDocument, OFFERINGS } from './offering.ts';
import { runPlan } from './run-plan.ts';

export interface DeployParts {
  dataDir: string;
  network: Network;
  deployer: PrivateKeyAccount;
  mainchain: DeployedChain;
  execution: DeployedChain;
}

/** A chain that contracts are put on. */
export interface DeployedChain {
  chain: FollowedChain;
  client: ChainClient;
}

/**
 * Puts the contracts on both chains, or continues where an earlier start was cut off; done once per data directory.
 * @throws `DEPLOY_OTHER_PLAN`, `DEPLOY_OTHER_CHAIN`
 */
export async function deploy({
  dataDir,
  network,
  deployer,
  mainchain,
  execution,
}: DeployParts): Promise<Deployment> {
  const file = path.join(dataDir, 'deployment.json');
  const known = readDeployment(file);
  if (known) {
    await requireDeployedChain(execution.chain, known.execution.attestedAfter);
    return known;
  }
  const { accounts, committee } = network;
  // Only a chain that begins with our genesis has the Lockbox already.
  const lockbox = network.execution.engine === 'embedded' ? LOCKBOX : undefined;
  const below = (place: Hex) =>
    mainchainPlan({
      deployer: deployer.address,
      treasury: accounts.treasury,
      executionChainId: network.execution.chainId,
      lockbox: place,
      committee: { scheme: committee.scheme, threshold: committee.threshold, members: memberKeys(network) },
    });
  const underlying = below(LOCKBOX).addresses.stablecoin;
  const above = executionPlan({
    deployer: deployer.address,
    issuer: accounts.issuer,
    desk: accounts.desk,
    relayer: accounts.relayer,
    chainId: network.execution.chainId,
    lockbox,
    underlying,
  });
  const settled = below(above.addresses.lockbox);
  await Promise.all([
    runPlan(mainchain.chain, new Sender(mainchain.client, deployer), settled.plan),
    runPlan(execution.chain, new Sender(execution.client, deployer), above.plan),
  ]);
  const deployment: Deployment = {
    mainchain: settled.addresses,
    execution: {
      ...above.addresses,
      attestedAfter: await attestedAfter(execution.chain, network.execution.engine),
    },
    products: above.tokens.map(({ symbol, token }) => {
      const offering = OFFERINGS.find((entry) => entry.symbol === symbol)!;
      const document = offeringDocument(offering, { token, chainId: network.execution.chainId });
      return { symbol, token, termsHash: keccak256(stringToBytes(document)) };
    }),
  };
  writeDeployment(file, deployment);
  return deployment;
}

/**
 * The contracts are where the deployment says only on the chain that it was made on.
 * @throws `DEPLOY_OTHER_CHAIN`
 */
async function requireDeployedChain(
  chain: FollowedChain,
  after: Deployment['execution']['attestedAfter'],
): Promise<void> {
  if (!after) return;
  const json = await chain.request('eth_getBlockByNumber', [numberToHex(after.number), false]);
  const found = json === null ? undefined : executionHash(headerFromRpc(json));
  if (found === after.hash) return;
  throw new HskError('DEPLOY_OTHER_CHAIN', 'This data directory was deployed on another execution chain', {
    details: `chain ${chain.chainId}, block ${after.number}: ${found ?? 'none'}, deployed on ${after.hash}`,
    action: 'Attach the chain that it was deployed on, or use a new --data directory.',
  });
}

/** All of our own chain is attested; of a foreign one, what comes after the contracts are there. */
async function attestedAfter(
  chain: FollowedChain,
  engine: Network['execution']['engine'],
): Promise<{ number: bigint; hash: Hex }> {
  const from = engine === 'embedded' ? '0x0' : 'latest';
  const header = headerFromRpc(await chain.request('eth_getBlockByNumber', [from, false]));
  return { number: header.number, hash: executionHash(header) };
}
