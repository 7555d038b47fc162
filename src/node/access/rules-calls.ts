import type { Address, Hex } from 'viem';
import { callObject } from '../rpc/call-params.ts';
import { param, toQuantity } from '../rpc/params.ts';
import { EXECUTION_REVERTED, RpcError } from '../rpc/rpc-error.ts';
import type { Inquiry, Rule, Viewer } from './inquiry.ts';
import { accountInWord } from './parties.ts';
import { notDisclosed } from './refusals.ts';
import { signedIn } from './rules-blocks.ts';

/** Gas of a call, the same when it is traced and when it is answered. */
const MOST_GAS = 30_000_000n;

type CallParam = Record<string, unknown> & { to: Address | undefined };

/**
 * A call sees what the code it runs reads, so it is run once to see what that is. It is answered when all of
 * it may be shown to the viewer: then the answer tells nothing else.
 */
export const callRule: Rule = {
  access: 'own',
  async show(inquiry) {
    const viewer = signedIn(inquiry);
    if (viewer.auditor) return { result: await inquiry.ask(), about: namedIn(inquiry.params[0]) };
    const call = ownCall(inquiry, viewer);
    if (!call.to) throw notDisclosed('a call that creates a contract');
    if (!(await touchesOnlyShown(inquiry, viewer, call)))
      throw notDisclosed('the call reads what is neither its own nor declared public');
    return { result: await inquiry.ask([call, inquiry.params[1]]), about: [viewer.account] };
  },
};

/**
 * An estimate tells what sending the transaction would tell: whether it goes through, and with how much gas. The
 * reason of a failure is told only when it comes from what may be shown.
 */
export const estimateRule: Rule = {
  access: 'own',
  async show(inquiry) {
    const viewer = signedIn(inquiry);
    if (viewer.auditor) return { result: await inquiry.ask(), about: namedIn(inquiry.params[0]) };
    const call = ownCall(inquiry, viewer);
    if (!call.to && !viewer.deployer) throw notDisclosed('only deployers create contracts');
    const [, block] = inquiry.params;
    if (block !== undefined && block !== null && block !== 'latest' && block !== 'pending')
      throw notDisclosed('an estimate on an earlier block');
    // Who cannot send would learn more than it ever could by sending.
    if (!viewer.sends && !(await touchesOnlyShown(inquiry, viewer, call)))
      throw notDisclosed('an estimate for an account that may not send');
    try {
      return { result: await inquiry.ask([call, 'latest']), about: [viewer.account] };
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== EXECUTION_REVERTED) throw error;
      if (await touchesOnlyShown(inquiry, viewer, call)) throw error;
      throw new RpcError(EXECUTION_REVERTED, 'execution reverted');
    }
  },
};

/** @throws -32002 for a call in another's name, or on a state that is not the chain's */
function ownCall({ params }: Inquiry, { account }: Viewer): CallParam {
  if (params.slice(2).some((override) => override !== undefined && override !== null))
    throw notDisclosed('a call with overrides');
  const { from, to, gas } = param(params, 0, callObject);
  if (from !== undefined && from !== account) throw notDisclosed('a call in the name of another account');
  const bounded = gas !== undefined && gas > 0n && gas < MOST_GAS ? gas : MOST_GAS;
  return { ...(params[0] as object), from: account, to, gas: toQuantity(bounded) };
}

interface AccessListAnswer {
  accessList: { address: Address; storageKeys: Hex[] }[];
}

async function touchesOnlyShown(
  { chain, disclosed, params }: Inquiry,
  { account }: Viewer,
  call: CallParam,
): Promise<boolean> {
  const { to } = call;
  // What is called is warm from the start, so the list of what was touched leaves it out.
  if (to && !(await disclosed.account(to, account))) return false;
  const traced = await chain.request('eth_createAccessList', [call, params[1] ?? 'latest']);
  for (const { address, storageKeys } of (traced as AccessListAnswer).accessList) {
    if (!(await disclosed.account(address, account))) return false;
    for (const slot of storageKeys) if (!(await disclosed.slot(address, slot, account))) return false;
  }
  return true;
}

/** Accounts that a call names, in its fields and in the words of its data: whom its answer may be about. */
function namedIn(call: unknown): Address[] {
  const { from, to, data, input } = (call ?? {}) as Record<string, unknown>;
  const words = String(input ?? data ?? '0x')
    .toLowerCase()
    .slice(10)
    .match(/.{64}/g);
  const named = [
    ...[from, to].map((one) => (typeof one === 'string' ? (one.toLowerCase() as Address) : undefined)),
    ...(words ?? []).map((word) => accountInWord(`0x${word}`)),
  ];
  return [...new Set(named.filter((one) => one !== undefined))];
}
