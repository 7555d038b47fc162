import type { Address, Hex } from 'viem';
import { fromRlp, keccak256 } from 'viem';
import { address } from '../../protocol/parse.ts';
import { verifyTrieProof } from '../../protocol/mpt.ts';
import { addressParam, param, slot } from '../rpc/params.ts';
import type { Showing } from './disclosed.ts';
import type { Inquiry, Rule, Shown, Viewer } from './inquiry.ts';
import { notDisclosed, sessionNeeded } from './refusals.ts';

/** Balance and nonce: an account's own, and a declared contract's. */
export const accountRule = stateRule((inquiry, viewer) =>
  inquiry.disclosed.account(addressParam(inquiry.params, 0), viewer),
);

export const codeRule = stateRule((inquiry, viewer) =>
  inquiry.disclosed.code(addressParam(inquiry.params, 0), viewer),
);

export const storageRule = stateRule((inquiry, viewer) =>
  inquiry.disclosed.slot(addressParam(inquiry.params, 0), param(inquiry.params, 1, slot), viewer),
);

/** EIP-1186: the account and each slot on its own merits. */
export const proofRule: Rule = {
  access: 'own',
  async show(inquiry) {
    const { viewer, disclosed, params } = inquiry;
    const subject = addressParam(params, 0);
    if (viewer?.auditor) return { result: await inquiry.ask(), about: [subject] };
    const keys = Array.isArray(params[1]) ? (params[1] as unknown[]) : [];
    const showings: Showing[] = [await disclosed.account(subject, viewer?.account)];
    for (const index of keys.keys())
      showings.push(await disclosed.slot(subject, param(keys, index, slot), viewer?.account));
    requireShown(showings, viewer);
    const result = (await inquiry.ask()) as AccountProof;
    const open = await disclosed.isPublic(subject);
    if (!open && !viewer?.admitted && showsNeighbour(result, subject))
      throw viewer
        ? notDisclosed(
            'the proof that a value is absent shows another account’s, which only admitted accounts are shown',
            'ABSENCE_SHOWS_NEIGHBOUR',
          )
        : sessionNeeded(false);
    return showings.includes('own') ? { result, about: [viewer!.account] } : { result };
  },
};

interface AccountProof {
  accountProof: Hex[];
  storageHash: Hex;
  storageProof: { key: string; value: Hex; proof: Hex[] }[];
}

/**
 * Whether one of the proofs ends at the leaf of another key. Absence is proven by what stands in its place; where
 * that is a leaf, it tells its own value to whoever can guess whose it is.
 */
function showsNeighbour(
  { accountProof, storageHash, storageProof }: AccountProof,
  subject: Address,
): boolean {
  if (accountProof.length > 0 && endsAtOtherLeaf(keccak256(accountProof[0]!), subject, accountProof))
    return true;
  return storageProof.some(
    ({ key, proof }) => proof.length > 0 && endsAtOtherLeaf(storageHash, param([key], 0, slot), proof),
  );
}

function endsAtOtherLeaf(root: Hex, key: Hex, proof: Hex[]): boolean {
  if (verifyTrieProof({ root, key: keccak256(key), proof }) !== null) return false;
  const last = fromRlp(proof.at(-1)!, 'hex');
  // Hex-prefix encoding: the second lowest bit of the first nibble marks a leaf (yellow paper, appendix C).
  return Array.isArray(last) && last.length === 2 && (Number.parseInt((last[0] as Hex)[2]!, 16) & 2) !== 0;
}

function stateRule(showing: (inquiry: Inquiry, viewer: Address | undefined) => Promise<Showing>): Rule {
  return {
    access: 'own',
    async show(inquiry): Promise<Shown> {
      const { viewer } = inquiry;
      const subject = param(inquiry.params, 0, address);
      if (viewer?.auditor) return { result: await inquiry.ask(), about: [subject] };
      const shown = await showing(inquiry, viewer?.account);
      requireShown([shown], viewer);
      const result = await inquiry.ask();
      return shown === 'own' ? { result, about: [viewer!.account] } : { result };
    },
  };
}

/** @throws -32001 without a session, -32002 with one, unless all of it may be shown */
export function requireShown(showings: readonly Showing[], viewer: Viewer | undefined): void {
  if (showings.every((showing) => showing !== undefined)) return;
  throw viewer ? notDisclosed('neither its own nor declared public') : sessionNeeded(false);
}
