import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { getAddress, keccak256, stringToBytes } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import type { Product } from '../../protocol/profile.ts';
import { offeringDocument, OFFERINGS } from '../deploy/offering.ts';
import { writeDurably } from '../keys/durable-file.ts';

/**
 * The offering document of a product: written once and kept, because its keccak is in the profile and in
 * every order.
 *
 * @throws `DESK_OTHER_TERMS` when the document is not the one that the profile names
 */
export function termsOf(directory: string, product: Product, chainId: number): string {
  const file = path.join(directory, `${product.symbol}.terms.txt`);
  const offering = OFFERINGS.find(({ symbol }) => symbol === product.symbol);
  if (offering && !existsSync(file))
    writeDurably(file, offeringDocument(offering, { token: getAddress(product.token), chainId }));
  const document = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (keccak256(stringToBytes(document)) !== product.termsHash)
    throw new HskError('DESK_OTHER_TERMS', 'The offering document is not the one that buyers agreed to', {
      details: file,
      action: 'Restore it, or start the version of the desk that deployed the product.',
    });
  return document;
}
