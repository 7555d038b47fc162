import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { type Address, encodeDeployData, type Hex, keccak256, parseEther, stringToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import pins from '../../circuits/artifacts/pins.json' with { type: 'json' };
import { identityRegistryAbi } from '../../src/contracts/abi/IdentityRegistry.ts';
import { zkidVerifierAbi } from '../../src/contracts/abi/ZkidVerifier.ts';
import { identityRegistryBytecode } from '../../src/contracts/bytecode/IdentityRegistry.ts';
import { zkidVerifierBytecode } from '../../src/contracts/bytecode/ZkidVerifier.ts';
import { createChainClient } from '../../src/node/chain-client.ts';
import { type Chain, openExecutionChain } from '../../src/node/chain/chain.ts';
import { createIssuer } from '../../src/node/issuer/issuer.ts';
import type { IssuerSettings } from '../../src/node/issuer/settings.ts';
import { startRpcServer } from '../../src/node/rpc/server.ts';
import { Sender } from '../../src/node/sender.ts';
import type { ServiceContext } from '../../src/node/service-context.ts';
import type { ApplicationForm } from '../../src/protocol/issuance.ts';
import type { ChainProfile, CircuitPins } from '../../src/protocol/profile.ts';
import { admissionScope, type Policy, policyHash } from '../../src/protocol/zkid.ts';

export const TOKEN: Address = '0x00000000000000000000000000000000000000f1';
export const PRODUCT = {
  token: TOKEN,
  scopeTag: 'admission-1',
  policy: {
    allowedCountries: [344, 756, 392],
    kindMask: 1,
    minTier: 1,
    minAge: 18,
    mustBeScreened: true,
    maxGeneration: 7,
  } satisfies Policy,
};

export const FORM: ApplicationForm = {
  givenName: 'Ada',
  familyName: 'Lovelace',
  birth: 19901210,
  country: 344,
  kind: 'person',
  document: 'K1234567(8)',
  sourceOfFunds: 'savings',
  professional: false,
  consent: true,
};

const account = (name: string) => privateKeyToAccount(keccak256(stringToHex(`issuer test ${name}`)));
export const accounts = {
  deployer: account('deployer'),
  issuer: account('issuer'),
  alice: account('alice'),
  bob: account('bob'),
};

export interface IssuerUnderTest {
  url: string;
  profile: ChainProfile;
  chain: Chain;
  registry: Address;
  context: ServiceContext;
  directory: string;
  reports: string[];
  sender(name: keyof typeof accounts): Sender;
  /** Ends the issuer and its server, or the chain as well. */
  stop(): Promise<void>;
}

const chainId = 31178;

/** A chain with the real registry and verifier, and the issuer over HTTP; continues what `data` holds. */
export async function startIssuer(
  data: string,
  settings?: Partial<IssuerSettings>,
): Promise<IssuerUnderTest> {
  const chain = await openExecutionChain({
    directory: path.join(data, 'execution'),
    chainId,
    alloc: Object.fromEntries(
      Object.values(accounts).map(({ address }) => [address, { balance: parseEther('1000') }]),
    ),
    gatherMs: 10,
  });
  const client = createChainClient(chain, { name: 'test', currency: 'HSK' });
  const sender = (name: keyof typeof accounts) => new Sender(client, accounts[name]);
  const fresh = !existsSync(path.join(data, 'issuer'));
  const registry = fresh ? await deploy(sender('deployer')) : registryAddress(data);
  const app = new Hono();
  app.use(cors());
  let issuerApp = new Hono();
  app.all('/issuer/*', (c) => issuerApp.fetch(new Request(c.req.raw.url.replace('/issuer', ''), c.req.raw)));
  app.get('/circuits/:file', (c) =>
    c.body(readFileSync(new URL(`../../circuits/artifacts/${c.req.param('file')}`, import.meta.url)), 200, {
      'content-type': 'application/octet-stream',
    }),
  );
  // The same one after a restart: it stands in credentials.
  const portFile = path.join(data, 'port');
  const port = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  const server = await startRpcServer({ chains: { '/execution': chain }, app, port });
  writeFileSync(portFile, String(server.port));
  const profile = {
    execution: { chainId, rpcUrls: [`${server.url}/execution`], contracts: { identityRegistry: registry } },
    services: { issuer: 'http://issuer.test' },
    circuit: pins as CircuitPins,
  } as unknown as ChainProfile;
  profile.services.issuer = `${server.url}/issuer`;
  const reports: string[] = [];
  const context = {
    profile,
    execution: chain,
    executionClient: client,
    accounts,
    dataDir: data,
    directory(name: string) {
      const directory = path.join(data, name);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      return directory;
    },
    report: (message: string) => void reports.push(message),
    issuer: settings,
  } as unknown as ServiceContext;
  const issuer = await createIssuer(context).catch(async (error: unknown) => {
    await server.close();
    await chain.close();
    throw error;
  });
  issuerApp = issuer.app;
  return {
    url: profile.services.issuer,
    profile,
    chain,
    registry,
    context,
    directory: path.join(data, 'issuer'),
    reports,
    sender,
    async stop() {
      await server.close();
      await issuer.close?.();
      await chain.close();
    },
  };

  function registryAddress(folder: string): Address {
    return readFileSync(path.join(folder, 'registry'), 'utf8') as Address;
  }

  async function deploy(deployer: Sender): Promise<Address> {
    const create = async (data_: Hex) => (await deployer.execute({ data: data_ })).contractAddress as Address;
    const verifier = await create(encodeDeployData({ abi: zkidVerifierAbi, bytecode: zkidVerifierBytecode }));
    const address = await create(
      encodeDeployData({
        abi: identityRegistryAbi,
        bytecode: identityRegistryBytecode,
        args: [accounts.deployer.address, verifier],
      }),
    );
    const { writeContract, waitForTransactionReceipt, readContract } = client;
    const target = { address, abi: identityRegistryAbi } as const;
    const role = await readContract({ ...target, functionName: 'ISSUER_ROLE' });
    for (const call of [
      { functionName: 'grantRole', args: [role, accounts.issuer.address] },
      {
        functionName: 'setPolicy',
        args: [TOKEN, policyHash(PRODUCT.policy), admissionScope(chainId, TOKEN, PRODUCT.scopeTag), 1, 0],
      },
    ] as const) {
      const hash = await writeContract({ ...target, ...call, account: accounts.deployer } as never);
      await waitForTransactionReceipt({ hash });
    }
    writeFileSync(path.join(data, 'registry'), address);
    return address;
  }
}
