import { Account, createAddressFromString } from '@ethereumjs/util';
import { type Address, type Hex, fromRlp } from 'viem';
import { encodeHeader, type Header, headerFromRlpList } from '../../protocol/header.ts';
import { hex, integer, type Parser, quantity } from '../../protocol/parse.ts';
import { toBytes } from './bytes.ts';
import { BEACON_ROOTS_ADDRESS, HISTORY_ADDRESS } from './engine.ts';
import type { ChainState } from './state.ts';

/** An account of the first state. */
export interface GenesisAccount {
  /** Wei. */
  balance?: bigint;
  nonce?: bigint;
  code?: Hex;
  /** 32-byte slot to value. */
  storage?: Record<Hex, Hex>;
}

export type GenesisAlloc = Record<Address, GenesisAccount>;

export interface Genesis {
  chainId: number;
  header: Header;
  alloc: GenesisAlloc;
}

/** Code of the system contracts of EIP-2935 and EIP-4788, as those standards print it. */
const SYSTEM_ACCOUNTS: GenesisAlloc = {
  [HISTORY_ADDRESS]: {
    nonce: 1n,
    code: '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500',
  },
  [BEACON_ROOTS_ADDRESS]: {
    nonce: 1n,
    code: '0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500',
  },
};

export function withSystemAccounts(alloc: GenesisAlloc): GenesisAlloc {
  return { ...SYSTEM_ACCOUNTS, ...alloc };
}

/** Writes the first state and returns its root. */
export async function writeGenesisState(state: ChainState, alloc: GenesisAlloc): Promise<Uint8Array> {
  await state.checkpoint();
  for (const [name, entry] of Object.entries(alloc)) {
    const address = createAddressFromString(name);
    await state.putAccount(address, new Account(entry.nonce ?? 0n, entry.balance ?? 0n));
    if (entry.code && entry.code !== '0x') await state.putCode(address, toBytes(entry.code));
    for (const [slot, value] of Object.entries(entry.storage ?? {}))
      await state.putStorage(address, toBytes(slot as Hex), toBytes(value));
  }
  await state.commit();
  return state.getStateRoot();
}

export function encodeGenesis(genesis: Genesis): Uint8Array {
  const document = { ...genesis, header: encodeHeader(genesis.header) };
  return Buffer.from(
    JSON.stringify(document, (_key, value: unknown) =>
      typeof value === 'bigint' ? `0x${value.toString(16)}` : value,
    ),
  );
}

export function decodeGenesis(bytes: Uint8Array): Genesis {
  const document = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
  const alloc: GenesisAlloc = {};
  for (const [name, entry] of Object.entries(document.alloc as Record<Address, Record<string, unknown>>))
    alloc[name as Address] = genesisAccount(entry, `alloc.${name}`);
  return {
    chainId: integer(document.chainId, 'chainId'),
    header: headerFromRlpList(fromRlp(hex()(document.header, 'header'), 'hex') as Hex[]),
    alloc,
  };
}

const genesisAccount: Parser<GenesisAccount> = (value, path) => {
  const entry = value as Record<string, unknown>;
  return {
    ...(entry.balance !== undefined && { balance: quantity(entry.balance, `${path}.balance`) }),
    ...(entry.nonce !== undefined && { nonce: quantity(entry.nonce, `${path}.nonce`) }),
    ...(entry.code !== undefined && { code: hex()(entry.code, `${path}.code`) }),
    ...(entry.storage !== undefined && { storage: entry.storage as Record<Hex, Hex> }),
  };
};
