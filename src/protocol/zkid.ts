import { type Address, encodeAbiParameters, type Hex, keccak256, stringToHex } from 'viem';
import { poseidon2 } from 'poseidon-lite/poseidon2';
import { poseidon8 } from 'poseidon-lite/poseidon8';

/** What an issuer attests about a holder; packed into 68 bits inside the leaf (zkid.md). */
export interface Attributes {
  /** YYYYMMDD. */
  expiry: number;
  /** YYYYMMDD. */
  birth: number;
  /** ISO-3166 numeric, 0 to 895. */
  country: number;
  kind: HolderKind;
  /** 0 to 3. */
  tier: number;
  screened: boolean;
  /** 0 to 7; raised when a credential is re-issued. */
  generation: number;
}

export enum HolderKind {
  Person = 0,
  Business = 1,
}

/** What a token asks of its holders. */
export interface Policy {
  /** ISO-3166 numeric codes that may hold; everything else may not. */
  allowedCountries: number[];
  /** Bit k set: kind k may hold. */
  kindMask: number;
  minTier: number;
  minAge: number;
  mustBeScreened: boolean;
  maxGeneration: number;
}

/** A credential as the issuer hands it over, kept by the holder. Field elements are decimal strings. */
export interface Credential {
  issuer: string;
  /** The holder's own secret never leaves the browser; the issuer saw only `commitment`. */
  commitment: string;
  attributes: Attributes;
  index: number;
}

/** Depth and arity of the issuer's tree: 6 levels of 8 children, 2^18 leaves. */
export const TREE = { depth: 6, arity: 8 } as const;

/** Order of the circuit's public inputs. */
export const PUBLIC_SIGNALS = ['nullifier', 'root', 'policyHash', 'scope', 'today', 'binding'] as const;

export { FIELD } from './field.ts';

export function packAttributes(a: Attributes): bigint {
  return (
    BigInt(a.expiry) |
    (BigInt(a.birth) << 25n) |
    (BigInt(a.country) << 50n) |
    (BigInt(a.kind) << 60n) |
    (BigInt(a.tier) << 62n) |
    (BigInt(a.screened ? 1 : 0) << 64n) |
    (BigInt(a.generation) << 65n)
  );
}

/** 17 bits: kind mask 4 | minimum tier 2 | minimum age 7 | must be screened 1 | maximum generation 3. */
export function packPolicy(p: Policy): bigint {
  return (
    BigInt(p.kindMask) |
    (BigInt(p.minTier) << 4n) |
    (BigInt(p.minAge) << 6n) |
    (BigInt(p.mustBeScreened ? 1 : 0) << 13n) |
    (BigInt(p.maxGeneration) << 14n)
  );
}

/** Seven words of 128 bits; country c is bit c % 128 of word floor(c / 128). */
export function countryWords(allowedCountries: readonly number[]): bigint[] {
  const words = Array.from({ length: 7 }, () => 0n);
  for (const country of allowedCountries) words[country >> 7]! |= 1n << BigInt(country & 127);
  return words;
}

export function policyHash(policy: Policy): bigint {
  return poseidon8([...countryWords(policy.allowedCountries), packPolicy(policy)]);
}

export function commitment(secret: bigint): bigint {
  return poseidon2([secret, 0n]);
}

export function leaf(commitmentOfSecret: bigint, attributes: Attributes): bigint {
  return poseidon2([commitmentOfSecret, packAttributes(attributes)]);
}

export function nullifier(scope: bigint, secret: bigint): bigint {
  return poseidon2([scope, secret]);
}

/** keccak(abi.encode(chainId, token, keccak(tag))) >> 3, so that it fits the field. */
export function admissionScope(chainId: number, token: Address, tag: string): bigint {
  return fit(
    encodeAbiParameters(
      [{ type: 'uint256' }, { type: 'address' }, { type: 'bytes32' }],
      [BigInt(chainId), token, keccak256(stringToHex(tag))],
    ),
  );
}

/** keccak(abi.encode(wallet)) >> 3: binds the proof to the wallet it admits. */
export function walletBinding(wallet: Address): bigint {
  return fit(encodeAbiParameters([{ type: 'address' }], [wallet]));
}

/** The date as YYYYMMDD in UTC, from seconds since 1970. */
export function dateNumber(timestamp: bigint | number): number {
  const date = new Date(Number(timestamp) * 1000);
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

function fit(bytes: Hex): bigint {
  return BigInt(keccak256(bytes)) >> 3n;
}
