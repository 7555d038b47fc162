import { type Address, concat, type Hex, numberToHex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { HskError } from '../../protocol/errors.ts';
import type { Header } from '../../protocol/header.ts';
import {
  decodeQbftExtra,
  encodeQbftExtra,
  QBFT_MIX_HASH,
  qbftBlockHash,
  qbftSealHash,
  qbftVanity,
} from '../../protocol/qbft.ts';
import { toBytes, toHex } from './bytes.ts';
import type { Consensus } from './consensus.ts';
import { curve } from './crypto.ts';

interface Validator {
  address: Address;
  key: Uint8Array;
}

/** QBFT with every validator's key in this process (wire.md §1): all of them seal, round 0. */
export function qbftConsensus(
  validatorKeys: readonly Hex[],
  coinbase: Address,
  periodSeconds: bigint,
): Consensus & { validators: Address[] } {
  const validators = validatorKeys
    .map((key): Validator => ({
      address: privateKeyToAddress(key).toLowerCase() as Address,
      key: toBytes(key),
    }))
    .toSorted((a, b) => (a.address < b.address ? -1 : 1));
  const addresses = validators.map((validator) => validator.address);
  if (addresses.length === 0 || new Set(addresses).size !== addresses.length)
    throw new HskError('CHAIN_VALIDATORS_INVALID', 'The mainchain needs distinct validator keys', {
      details: addresses.join(', '),
    });
  return {
    validators: addresses,
    difficulty: 1n,
    mixHash: QBFT_MIX_HASH,
    coinbase,
    extraData: (parent) => {
      // The set is that of the parent: this chain casts no votes.
      const set = parent ? decodeQbftExtra(parent.extraData).validators : addresses;
      return encodeQbftExtra({
        vanity: qbftVanity('hsk-embed'),
        validators: set,
        vote: undefined,
        round: 0n,
        seals: [],
      });
    },
    seal: (header) => sealHeader(header, validators),
    hash: qbftBlockHash,
    timestamp: (parent, now) => (now > parent.timestamp ? now : parent.timestamp + 1n),
    delay: (parent, now) => Number(parent.timestamp + periodSeconds) * 1000 - now,
  };
}

/** Adds a seal r ‖ s ‖ v, v in {0, 1}, of each validator over the seal hash; no EIP-191 prefix. */
function sealHeader(header: Header, validators: readonly Validator[]): Header {
  const hash = toBytes(qbftSealHash(header));
  const seals = validators.map(({ key }) => {
    const { signature, recovery } = curve.sign(hash, key);
    return concat([toHex(signature), numberToHex(recovery, { size: 1 })]);
  });
  return { ...header, extraData: encodeQbftExtra({ ...decodeQbftExtra(header.extraData), seals }) };
}
