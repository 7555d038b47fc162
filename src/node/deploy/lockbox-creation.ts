import { type Address, concatHex, type Hex, numberToHex, size } from 'viem';
import { lockboxSlots } from '../../contracts/abi/Lockbox.ts';
import { lockboxDeployedBytecode } from '../../contracts/bytecode/Lockbox.ts';

/** The two words that a genesis would write, then the code itself is returned. */
const LENGTH = 2 * (1 + 20 + 2 + 1) + 13;

/**
 * Code that creates the Lockbox on a chain whose genesis lacks it: it has no constructor, so its owner and
 * relayer are stored here before its runtime code is returned.
 */
export function lockboxCreation(owner: Address, relayer: Address): Hex {
  const store = (value: Address, slot: bigint) =>
    // PUSH20 value PUSH1 slot SSTORE
    concatHex(['0x73', value, '0x60', numberToHex(slot, { size: 1 }), '0x55']);
  const code = lockboxDeployedBytecode;
  return concatHex([
    store(owner, lockboxSlots.owner),
    store(relayer, lockboxSlots.relayer),
    // PUSH2 size DUP1 PUSH2 offset PUSH1 0 CODECOPY PUSH1 0 RETURN
    '0x61',
    numberToHex(size(code), { size: 2 }),
    '0x8061',
    numberToHex(LENGTH, { size: 2 }),
    '0x6000396000f3',
    code,
  ]);
}
