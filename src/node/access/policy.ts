import type { Address, Hex } from 'viem';
import { RpcError, SERVER_ERROR } from '../rpc/rpc-error.ts';
import type { Inquiry, Place, Rule } from './inquiry.ts';
import { notDisclosed } from './refusals.ts';
import {
  auditorRule,
  blockRule,
  countRule,
  keepLogs,
  logsRule,
  receiptsRule,
  signedIn,
  transactionRule,
} from './rules-blocks.ts';
import { callRule, estimateRule } from './rules-calls.ts';
import { accountRule, codeRule, proofRule, storageRule } from './rules-state.ts';

const publicRule: Rule = { access: 'public', show: async ({ ask }) => ({ result: await ask() }) };

/** What the signature of the transaction itself entitles to. */
const signedRule: Rule = { access: 'signed', show: async ({ ask }) => ({ result: await ask() }) };

/** The receipt goes to whoever holds the signed transaction, which only its sender could make. */
const sendSyncRule: Rule = {
  access: 'signed',
  async show({ ask }) {
    const receipt = (await ask()) as { from: Address };
    return { result: receipt, about: [receipt.from] };
  },
};

/** The rewards come from the transactions of the blocks; base fees and fullness stand in the headers. */
const feeHistoryRule: Rule = {
  access: 'public',
  show: async ({ ask, params }) => ({ result: await ask(params.slice(0, 2)) }),
};

const traceRule: Rule = {
  access: 'own',
  // What a call touches is shown to whom its answer is shown.
  show: async (inquiry) => callRule.show(inquiry),
};

function newFilter(kind: 'blocks' | 'logs' | 'pending'): Rule {
  return {
    access: kind === 'pending' ? 'auditor' : 'own',
    async show(inquiry) {
      const viewer = signedIn(inquiry);
      if (kind === 'pending' && !viewer.auditor) throw notDisclosed('only auditors see what waits');
      const id = (await inquiry.ask()) as string;
      inquiry.filters.add(id, viewer.account, kind);
      return { result: id };
    },
  };
}

/** Another's filter is answered as one that does not exist. */
const filterRule: Rule = {
  access: 'own',
  async show(inquiry) {
    const viewer = signedIn(inquiry);
    const kind = inquiry.filters.kind(inquiry.params[0], viewer.account);
    if (!kind) throw new RpcError(SERVER_ERROR, 'filter not found');
    if (kind === 'pending' && !viewer.auditor) throw notDisclosed('only auditors see what waits');
    const result = await inquiry.ask();
    if (kind === 'logs') return keepLogs(inquiry, viewer, result as (Place & Record<string, unknown>)[]);
    return kind === 'pending' ? { result, about: [] } : { result };
  },
};

const uninstallRule: Rule = {
  access: 'own',
  async show(inquiry: Inquiry) {
    const viewer = signedIn(inquiry);
    const [id] = inquiry.params as [Hex];
    if (!inquiry.filters.kind(id, viewer.account)) return { result: false };
    inquiry.filters.remove(id);
    return { result: await inquiry.ask() };
  },
};

/** Every method that is answered when reads are private. What does not stand here does not exist. */
export const POLICY: ReadonlyMap<string, Rule> = new Map([
  ...methods(
    publicRule,
    'eth_blockNumber eth_chainId eth_syncing eth_accounts eth_mining eth_protocolVersion',
    'net_version net_listening net_peerCount web3_clientVersion web3_sha3',
    'eth_gasPrice eth_maxPriorityFeePerGas eth_blobBaseFee',
    'eth_getUncleCountByBlockNumber eth_getUncleCountByBlockHash',
    'hsk_getAttestation hsk_getAttestationStatus hsk_getCommittee hsk_getAnchor',
  ),
  ...methods(feeHistoryRule, 'eth_feeHistory'),
  ...methods(signedRule, 'eth_sendRawTransaction'),
  ...methods(sendSyncRule, 'eth_sendRawTransactionSync'),
  ...methods(blockRule, 'eth_getBlockByNumber eth_getBlockByHash'),
  ...methods(countRule, 'eth_getBlockTransactionCountByNumber eth_getBlockTransactionCountByHash'),
  ...methods(
    transactionRule,
    'eth_getTransactionByHash eth_getRawTransactionByHash eth_getTransactionReceipt',
    'eth_getTransactionByBlockNumberAndIndex eth_getTransactionByBlockHashAndIndex',
    'eth_getRawTransactionByBlockNumberAndIndex eth_getRawTransactionByBlockHashAndIndex',
    'hsk_getTransactionProof hsk_getReceiptProof',
  ),
  ...methods(receiptsRule, 'eth_getBlockReceipts'),
  ...methods(logsRule, 'eth_getLogs'),
  ...methods(accountRule, 'eth_getBalance eth_getTransactionCount'),
  ...methods(codeRule, 'eth_getCode'),
  ...methods(storageRule, 'eth_getStorageAt'),
  ...methods(proofRule, 'eth_getProof'),
  ...methods(callRule, 'eth_call'),
  ...methods(traceRule, 'eth_createAccessList'),
  ...methods(estimateRule, 'eth_estimateGas'),
  ...methods(newFilter('blocks'), 'eth_newBlockFilter'),
  ...methods(newFilter('logs'), 'eth_newFilter'),
  ...methods(newFilter('pending'), 'eth_newPendingTransactionFilter'),
  ...methods(filterRule, 'eth_getFilterChanges eth_getFilterLogs'),
  ...methods(uninstallRule, 'eth_uninstallFilter'),
  ...methods(auditorRule, 'eth_simulateV1 txpool_status'),
]);

/** What `eth_subscribe` pushes to whom. */
export const SUBSCRIPTIONS: Readonly<Record<string, Rule['access']>> = {
  newHeads: 'public',
  logs: 'own',
  newPendingTransactions: 'auditor',
};

function methods(rule: Rule, ...lines: string[]): [string, Rule][] {
  return lines.flatMap((line) => line.split(' ')).map((name) => [name, rule]);
}
