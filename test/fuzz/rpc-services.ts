import type { ChainProfile } from '../../src/protocol/profile.ts';

/** What a request has to name to get further than the first check. */
export interface Known {
  profile: ChainProfile;
  /** The operator's key of the Coordinator. */
  bearer?: string | undefined;
}

const word = (byte: string) => `0x${byte.repeat(32)}`;
const ACCOUNT = `0x${'5e'.repeat(20)}`;
const OTHER = `0x${'6f'.repeat(20)}`;
const SIGNATURE = `0x${'11'.repeat(64)}1b`;
const SIGNER = { profileId: word('01'), payload: ACCOUNT };

const MANDATE = (chainId: number, token: string) => ({
  mandate: {
    nonce: word('02'),
    signer: SIGNER,
    grantRef: word('00'),
    requirementRef: word('03'),
    recipient: { kind: 1, payload: OTHER },
    token,
    amount: '1000000',
    chainId,
    deadline: '9999999999',
    settlementBinding: word('04'),
    requiredCapabilitiesHash: word('05'),
  },
  signature: SIGNATURE,
  grant: {
    principal: SIGNER,
    agent: SIGNER,
    onchainPermissionRef: word('06'),
    payerRequiredCaps: [word('07')],
    payerAllowedCaps: [],
    notBefore: 0,
    expiry: '9999999999',
    nonce: word('08'),
  },
  grantSignature: SIGNATURE,
});

const payment = ({ profile: { execution } }: Known) => {
  const terms = {
    scheme: 'exact',
    network: `eip155:${execution.chainId}`,
    amount: '1000000',
    asset: execution.contracts.stablecoin,
    payTo: OTHER,
    maxTimeoutSeconds: 60,
    extra: { name: 'Hong Kong Dollar', version: '1' },
  };
  return {
    x402Version: 2,
    paymentPayload: {
      x402Version: 2,
      resource: { url: 'https://shop.example/' },
      accepted: terms,
      payload: {
        signature: SIGNATURE,
        authorization: {
          from: ACCOUNT,
          to: OTHER,
          value: '1000000',
          validAfter: '0',
          validBefore: '9999999999',
          nonce: word('04'),
        },
      },
      extensions: { hsp: MANDATE(execution.chainId, execution.contracts.stablecoin) },
    },
    paymentRequirements: terms,
  };
};

const application = () => ({
  commitment: '12345678901234567890',
  givenName: 'Mei',
  familyName: 'Chan',
  birth: 19_900_401,
  country: 344,
  nationality: 344,
  kind: 'person',
  document: 'A123456(7)',
  sourceOfFunds: 'salary',
  professional: true,
  consent: true,
});

/** Every route that takes a body, and one that it would take but for a signature or a consent. */
const FORMS: Record<string, (known: Known) => unknown> = {
  '/issuer/apply': application,
  '/issuer/webhook': () => ({ id: 'e1', application: 'a1', type: 'decision', decision: 'approve', tier: 1 }),
  '/issuer/desk/api/lists': () => ({ source: 'test', format: 'csv', main: 'name\nSomebody\n' }),
  '/issuer/desk/api/cases/a1/approve': () => ({ tier: 1, cleared: [] }),
  '/faucet': () => ({ address: ACCOUNT }),
  '/desk/quote': ({ profile }) => ({
    token: profile.products[0]!.token,
    buyer: ACCOUNT,
    quantity: '1000000',
  }),
  '/x402/verify': payment,
  '/x402/settle': payment,
  '/hsp/payments': ({ profile: { execution } }) => MANDATE(execution.chainId, execution.contracts.stablecoin),
  [`/hsp/payments/${word('09')}/x402-observe`]: () => ({ transaction: word('0a') }),
  '/committee/0/put': () => ({ proposal: { header: '0x', transactions: [] }, certificate: null }),
  '/committee/9/put': () => ({}),
  '/nothing/here': () => ({}),
};

export const POST_PATHS = Object.keys(FORMS);

export function bodyFor(path: string, known: Known): unknown {
  return FORMS[path]!(known);
}

/** Every route that is read; `*` is something hostile. */
export const GET_PATHS = [
  ['/livez', '/readyz', '/status', '/', '/*', '/issuer', '/issuer/root', '/issuer/tree/*', '/issuer/tree/0'],
  ['/issuer/application', '/issuer/backup/*', '/issuer/desk/api/overview', '/issuer/desk/api/cases/*'],
  [
    '/desk/products',
    '/desk/terms/*',
    '/x402/supported',
    '/x402/*',
    '/hsp/healthz',
    '/hsp/chains',
    '/hsp/stats',
  ],
  ['/hsp/adapter-operators', '/hsp/payments', '/hsp/payments/*', '/hsp/payments/*/explain', '/faucet'],
  ['/committee/0/key', '/committee/0/tip', '/committee/1/block/*', '/committee/2/get/*', '/committee/*/tip'],
  ['/committee/3/get-by-hash/*', '/committee/0/proof/*', '/committee/0/block/1', '/committee/*', '/*/*/*'],
].flat();
