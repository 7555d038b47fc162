import type { Hex } from 'viem';
import { HskError } from '../../protocol/errors.ts';
import { integer, quantity } from '../../protocol/parse.ts';
import { toBytes } from '../chain/bytes.ts';
import type { RpcMethod } from '../chain/chain.ts';
import type { Ledger } from '../chain/ledger.ts';
import { decodeTransaction } from '../chain/transaction.ts';
import { formatReceipt, type Json } from './format.ts';
import { bytesParam, optionalParam, toQuantity } from './params.ts';
import {
  INVALID_PARAMS,
  RpcError,
  SERVER_ERROR,
  TRANSACTION_DROPPED,
  TRANSACTION_NONCE_GAP,
  TRANSACTION_TIMEOUT,
} from './rpc-error.ts';

/** Milliseconds that `eth_sendRawTransactionSync` waits when it is not told, and at most (as geth). */
const DEFAULT_WAIT = 20_000;
const MAX_WAIT = 60_000;
/** Most calls that wait at once; each holds a connection open. */
const MAX_WAITING = 4096;

/** The way in for transactions. */
export function sendMethods(ledger: Ledger): Record<string, RpcMethod> {
  let waiting = 0;
  return {
    eth_sendRawTransaction: (params) => submit(ledger, rawParam(params)),
    /**
     * EIP-7966: the receipt, once a block holds the transaction. Code 4 with the hash as data when the time
     * is over, 5 with the hash when it was replaced or dropped, 6 with the expected nonce when its own is
     * too far ahead to wait for. A transaction that waits already is waited for, not refused.
     */
    eth_sendRawTransactionSync: async (params) => {
      const raw = rawParam(params);
      const wait = waitParam(params);
      if (waiting >= MAX_WAITING) throw new RpcError(SERVER_ERROR, 'too many calls wait for a transaction');
      waiting++;
      try {
        const hash = await submitOrFind(ledger, raw);
        return await included(ledger, hash, wait);
      } finally {
        waiting--;
      }
    },
  };
}

function rawParam(params: unknown[]): Hex {
  const raw = bytesParam(params, 0);
  if (raw === '0x') throw new RpcError(INVALID_PARAMS, 'invalid argument 0: empty transaction');
  return raw;
}

/** Milliseconds, as a JSON number or a quantity. Zero and nothing mean the default. */
function waitParam(params: unknown[]): number {
  const asked = optionalParam(params, 1, (value, path) =>
    typeof value === 'string' ? Number(quantity(value, path)) : integer(value, path),
  );
  return asked ? Math.min(asked, MAX_WAIT) : DEFAULT_WAIT;
}

async function submit(ledger: Ledger, raw: Hex): Promise<Hex> {
  try {
    return await ledger.submit(toBytes(raw));
  } catch (error) {
    if (error instanceof HskError && error.code.startsWith('TRANSACTION_'))
      throw new RpcError(SERVER_ERROR, error.shortMessage, undefined, error);
    throw error;
  }
}

/** A client that repeats its call after a lost connection wants the receipt all the same. */
async function submitOrFind(ledger: Ledger, raw: Hex): Promise<Hex> {
  try {
    return await submit(ledger, raw);
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== SERVER_ERROR) throw error;
    if (error.message === 'already known') return decodeTransaction(toBytes(raw), ledger.common).hash;
    if (!error.message.startsWith('nonce too high')) throw error;
    const { sender } = decodeTransaction(toBytes(raw), ledger.common);
    const next = ledger.pool.nextNonce(sender, (await ledger.sender(sender)).nonce);
    throw new RpcError(TRANSACTION_NONCE_GAP, error.message, toQuantity(next), error);
  }
}

function included(ledger: Ledger, hash: Hex, wait: number): Promise<Json> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      ledger.events.off('block', look);
      ledger.events.off('closed', closed);
    };
    const look = () => {
      try {
        const place = ledger.store.transaction(hash);
        const block = place && ledger.block(place.blockNumber);
        if (block) resolve(formatReceipt(ledger, block, place.index));
        else if (ledger.pool.get(hash)) return;
        else reject(new RpcError(TRANSACTION_DROPPED, 'the transaction was replaced or dropped', hash));
      } catch (error) {
        reject(error);
      }
      stop();
    };
    const timer = setTimeout(() => {
      stop();
      const words = `the transaction was added to the pool but is in no block after ${wait} ms`;
      reject(new RpcError(TRANSACTION_TIMEOUT, words, hash));
    }, wait);
    const closed = () => {
      stop();
      reject(new RpcError(SERVER_ERROR, 'the node is stopping', hash));
    };
    ledger.events.on('block', look);
    ledger.events.on('closed', closed);
    if (ledger.closed) closed();
    else look();
  });
}
