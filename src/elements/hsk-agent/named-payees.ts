import { type Address, zeroAddress } from 'viem';
import { sameAddress } from '../../protocol/address.ts';
import { HskError } from '../../protocol/errors.ts';
import { readAddress } from '../shared/read-address.ts';

/**
 * The addresses that a page names in its `payees` attribute, separated by white space. One bad word refuses
 * them all: nobody is left to guess which of them the page meant.
 *
 * @throws `PAYEES_INVALID`
 */
export function parsePayees(attribute: string): Address[] {
  const payees: Address[] = [];
  for (const word of attribute.split(/\s+/).filter(Boolean)) {
    const read = readAddress(word);
    if ('problem' in read || sameAddress(read.address, zeroAddress))
      throw new HskError('PAYEES_INVALID', 'The page names somebody to be paid who has no valid address', {
        details: word.slice(0, 80),
        action: 'Set the payees attribute to addresses separated by spaces.',
      });
    if (!payees.includes(read.address)) payees.push(read.address);
  }
  return payees;
}
