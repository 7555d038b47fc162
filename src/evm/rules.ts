import { Common, type CustomCrypto, Hardfork, Mainnet } from '@ethereumjs/common';
import { HskError } from '../protocol/errors.ts';
import type { Header } from '../protocol/header.ts';
import { verifyKzgProof } from './kzg.ts';

/** The point evaluation precompile (EIP-4844) asks for nothing else of a KZG library. */
const customCrypto = { kzg: { verifyProof: verifyKzgProof } } as unknown as CustomCrypto;

/** The rules that a block was made under, as the fields of its header show. @throws `EVM_RULES` */
export function rulesOf(header: Header, chainId: number): Common {
  return new Common({ chain: { ...Mainnet, chainId }, hardfork: hardforkOf(header), customCrypto });
}

function hardforkOf(header: Header): Hardfork {
  if (header.requestsHash) return Hardfork.Prague;
  if (header.parentBeaconBlockRoot) return Hardfork.Cancun;
  if (header.withdrawalsRoot) return Hardfork.Shanghai;
  throw new HskError('EVM_RULES', 'The local EVM does not know the rules of this block', {
    details: `block ${header.number} is from before Shanghai`,
    action: 'Read the storage slots behind the call: read({kind: "storage"}) proves them.',
  });
}
