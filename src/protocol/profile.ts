import type { Address, Hex } from 'viem';
import {
  address,
  flag,
  hex,
  integer,
  list,
  object,
  oneOf,
  optional,
  type Parser,
  text,
  uint,
  url,
} from './parse.ts';
import type { Committee } from './attestation.ts';
import { parseCommittee } from './attestation.ts';
import { type EthereumRoot, parseEthereumRoot } from './ethereum-root.ts';
import { HskError } from './errors.ts';
import { parseValidatorContract, type ValidatorContract } from './validator-contract.ts';
import type { Policy } from './zkid.ts';

/**
 * One deployment, signed off by its operator and pinned by the host page. Nothing in it is fetched from
 * the party it lets us distrust. JSON; integers above 2^53 are decimal strings.
 */
export interface ChainProfile {
  version: 1;
  name: string;
  mainchain: SealedMainchain | EthereumMainchain;
  execution: {
    chainId: number;
    rpcUrls: string[];
    /** Symbol of the native currency, 18 decimals. */
    currency: string;
    contracts: {
      lockbox: Address;
      stablecoin: Address;
      identityRegistry: Address;
      settlement: Address;
      /** Absent where agents have no mandates. */
      mandateRegistry?: Address | undefined;
    };
    /** The block that the first attested one follows; absent: the chain's first. */
    attestedAfter?: { number: bigint; hash: Hex } | undefined;
    /** Absent: everybody sends and sees, at the market's price. */
    access?: Access | undefined;
  };
  /** Committee of the epoch at the checkpoint. */
  committee: Committee;
  services: {
    /** Base URLs of the members, in member order. */
    committee: string[];
    issuer: string;
    faucet?: string | undefined;
    desk: string;
    hsp: string;
    facilitator: string;
  };
  /** Base URLs of further issuers whose credentials the registry takes; one applies to that of `services`. */
  moreIssuers?: string[] | undefined;
  hsp: { adapters: AdapterOperator[] };
  products: Product[];
  /** What a principal proves who vouches for an agent; absent where agents have no mandates. */
  mandates?: MandateTerms | undefined;
  circuit: CircuitPins;
}

interface Mainchain {
  chainId: number;
  rpcUrls: string[];
  contracts: { anchorRegistry: Address; vault: Address; stablecoin: Address };
}

/** A mainchain that its own validators seal (QBFT). */
export interface SealedMainchain extends Mainchain {
  root?: undefined;
  /** Trust root: this block's hash and its validator set are taken as given. */
  checkpoint: { number: bigint; hash: Hex; validators: Address[] };
  /** Seconds after which the checkpoint, or what was last verified, is too old to follow on from; absent: never. */
  checkpointMaxAge?: number | undefined;
  /** Sealed descendants after which a header counts as final. */
  finalityDepth: number;
  /** Keeps the validators where the headers do not list them; absent: they do. */
  validatorContract?: ValidatorContract | undefined;
}

/** A mainchain whose state Ethereum holds claims about: an OP Stack chain, as HashKey Chain is. */
export interface EthereumMainchain extends Mainchain {
  root: EthereumRoot;
  checkpoint?: undefined;
  finalityDepth?: undefined;
  validatorContract?: undefined;
}

/** Who may send, who may see and what gas costs on the execution chain. */
export interface Access {
  senders: 'open' | 'admitted';
  /** `private`: what is no header, attestation or anchor needs a session (EIP-4361). */
  reads: 'public' | 'private';
  /** `free`: no block has a base fee. */
  gas: 'market' | 'free';
}

/** Whose signature makes an HSP receipt count. */
export interface AdapterOperator {
  adapterId: Hex;
  adapterInstanceKey: Hex;
  operator: Address;
}

/** A tokenised fund on offer. */
export interface Product {
  token: Address;
  symbol: string;
  name: string;
  decimals: number;
  /** Signs orders. */
  seller: Address;
  policy: Policy;
  /** Tag of the admission scope. */
  scopeTag: string;
  /** keccak of the offering document at `termsUrl`. */
  termsHash: Hex;
  termsUrl: string;
}

/** The service in whose scope the principals of this deployment's agents are named, and its policy. */
export interface MandateTerms {
  /** The MandateSettlement that enforces the mandates. */
  service: Address;
  policy: Policy;
}

/** sha256 of each artefact of the circuit; 32 bytes. */
export interface CircuitPins {
  name: string;
  r1cs: Hex;
  wasm: Hex;
  zkey: Hex;
  vkey: Hex;
  /** The proving key as browsers load it. Absent in profiles from before there was one: then nothing can be proven. */
  key?: Hex | undefined;
  /** bn128.wasm, the curve's arithmetic; as `key`. */
  curve?: Hex | undefined;
  /** keccak256 of the runtime code of the verifier that accepts this circuit's proofs. Absent in older profiles. */
  verifierCode?: Hex | undefined;
  /** True for the reproducible development ceremony, whose secrets are public. */
  development: boolean;
}

const policy = object<Policy>({
  allowedCountries: list(integer, 1000),
  kindMask: integer,
  minTier: integer,
  minAge: integer,
  mustBeScreened: flag,
  maxGeneration: integer,
});

/** @throws `PARSE_INVALID` naming the field. */
export const parseProfile = (value: unknown): ChainProfile => profile(value, 'profile');

export const parseAccess: Parser<Access> = object<Access>({
  senders: oneOf('open', 'admitted'),
  reads: oneOf('public', 'private'),
  gas: oneOf('market', 'free'),
});

const anyMainchain = {
  chainId: integer,
  rpcUrls: list(url),
  contracts: object<Mainchain['contracts']>({ anchorRegistry: address, vault: address, stablecoin: address }),
};
const absent: Parser<undefined> = () => undefined;

const sealed = object<SealedMainchain>({
  ...anyMainchain,
  root: absent,
  checkpoint: object<SealedMainchain['checkpoint']>({
    number: uint,
    hash: hex(32),
    validators: list(address),
  }),
  checkpointMaxAge: optional(integer),
  finalityDepth: integer,
  validatorContract: optional(parseValidatorContract),
});

const rooted = object<EthereumMainchain>({
  ...anyMainchain,
  root: parseEthereumRoot,
  checkpoint: absent,
  finalityDepth: absent,
  validatorContract: absent,
});

/** Without a `root` the mainchain is sealed, as every profile was before there were two. */
const mainchain: Parser<ChainProfile['mainchain']> = (value, path) =>
  typeof value === 'object' && value !== null && 'root' in value && value.root !== undefined
    ? rooted(value, path)
    : sealed(value, path);

const profile: Parser<ChainProfile> = object<ChainProfile>({
  version: oneOf(1),
  name: text,
  mainchain,
  execution: object<ChainProfile['execution']>({
    chainId: integer,
    rpcUrls: list(url),
    currency: text,
    contracts: object<ChainProfile['execution']['contracts']>({
      lockbox: address,
      stablecoin: address,
      identityRegistry: address,
      settlement: address,
      mandateRegistry: optional(address),
    }),
    attestedAfter: optional(
      object<NonNullable<ChainProfile['execution']['attestedAfter']>>({ number: uint, hash: hex(32) }),
    ),
    access: optional(parseAccess),
  }),
  committee: parseCommittee,
  services: object<ChainProfile['services']>({
    committee: list(url),
    issuer: url,
    faucet: optional(url),
    desk: url,
    hsp: url,
    facilitator: url,
  }),
  moreIssuers: optional(list(url, 20)),
  hsp: object<ChainProfile['hsp']>({
    adapters: list(
      object<AdapterOperator>({ adapterId: hex(32), adapterInstanceKey: hex(32), operator: address }),
    ),
  }),
  products: list(
    object<Product>({
      token: address,
      symbol: text,
      name: text,
      decimals: integer,
      seller: address,
      policy,
      scopeTag: text,
      termsHash: hex(32),
      termsUrl: url,
    }),
  ),
  mandates: optional(object<MandateTerms>({ service: address, policy })),
  circuit: object<CircuitPins>({
    name: text,
    r1cs: hex(32),
    wasm: hex(32),
    zkey: hex(32),
    vkey: hex(32),
    key: optional(hex(32)),
    curve: optional(hex(32)),
    verifierCode: optional(hex(32)),
    development: flag,
  }),
});

/** @throws `MAINCHAIN_ROOT_OTHER` for a mainchain that is proven from Ethereum */
export function sealedMainchain({ mainchain }: ChainProfile): SealedMainchain {
  if (!mainchain.root) return mainchain;
  throw new HskError('MAINCHAIN_ROOT_OTHER', 'The mainchain of this profile is proven from Ethereum', {
    details: `chain ${mainchain.chainId}`,
    action: 'Use the light client that follows Ethereum: workers/light-client-ethereum.worker.ts.',
  });
}

/** JSON for disk: bigints become decimal strings. */
export function serializeProfile(value: ChainProfile): string {
  return `${JSON.stringify(value, (_key, entry: unknown) => (typeof entry === 'bigint' ? entry.toString() : entry), 2)}\n`;
}
