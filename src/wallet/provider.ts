import { type Address, type Hex, numberToHex, stringToHex, type TypedDataDefinition } from 'viem';
import { address, hex, invalid, object, optional, type Parser, quantity } from '../protocol/parse.ts';
import type { ChainWatch, SubscriptionMessage } from '../light-client/watch.ts';
import { sameAddress } from '../protocol/address.ts';
import { describeMessage, describeTransaction, describeTypedData } from './describe-request.ts';
import { provenOrGuess } from './estimate-gas.ts';
import { WalletChangeEvent } from './events.ts';
import { ProviderRpcError, RPC_CODES, toRpcError } from './rpc-error.ts';
import type { Wallet } from './wallet.ts';

type Listener = (payload: never) => void;

export interface RequestArguments {
  method: string;
  params?: readonly unknown[] | undefined;
}

const parseTransaction = object<{
  from: Address | undefined;
  to: Address;
  data: Hex | undefined;
  input: Hex | undefined;
  value: bigint | undefined;
}>({
  from: optional(address),
  to: address,
  data: optional(hex()),
  input: optional(hex()),
  value: optional(quantity),
});

/** A JSON string or an object, as both are in use. */
const parseTypedData: Parser<TypedDataDefinition & { domain: { chainId?: string | number | bigint } }> = (
  value,
  path,
) => {
  let json: unknown = value;
  if (typeof value === 'string')
    try {
      json = JSON.parse(value);
    } catch {
      throw invalid(path, 'typed data', value);
    }
  const record = (entry: unknown): entry is object =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry);
  if (!record(json) || !('types' in json && 'domain' in json && 'message' in json && 'primaryType' in json))
    throw invalid(path, 'typed data', value);
  if (!record(json.types) || !record(json.domain) || !record(json.message))
    throw invalid(path, 'typed data', value);
  return json as never;
};

/**
 * EIP-1193 provider for the host page. Signatures and transactions wait for a person in `hsk-wallet`; reads
 * are answered by the light client, from proven values only. Fees and gas are proven where they can be; a tip is the
 * endpoint's guess.
 */
export class WalletProvider {
  readonly #listeners = new Map<string, Set<Listener>>();
  #connected = false;
  #told = '';
  #watching: Promise<ChainWatch> | undefined;

  constructor(
    private readonly wallet: Wallet,
    private readonly origin = globalThis.location?.origin ?? '',
  ) {
    wallet.addEventListener(WalletChangeEvent.type, () => this.#tellAccounts());
  }

  /** @throws `ProviderRpcError` */
  async request({ method, params = [] }: RequestArguments): Promise<unknown> {
    try {
      return await this.#answer(method, params);
    } catch (error) {
      throw toRpcError(error);
    }
  }

  on(event: 'accountsChanged', listener: (accounts: Address[]) => void): this;
  /** What was subscribed to with `eth_subscribe`. */
  on(event: 'message', listener: (message: SubscriptionMessage) => void): this;
  on(event: string, listener: (payload: unknown) => void): this;
  on(event: string, listener: Listener): this {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return this;
  }

  removeListener(event: string, listener: (payload: never) => void): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  async #answer(method: string, params: readonly unknown[]): Promise<unknown> {
    const { chainId } = this.wallet.profile.execution;
    switch (method) {
      case 'eth_chainId':
        return numberToHex(chainId);
      case 'net_version':
        return String(chainId);
      case 'eth_accounts':
        return this.#accounts();
      case 'eth_requestAccounts':
      case 'wallet_requestPermissions':
        return this.#connect(method);
      case 'wallet_getPermissions':
        return this.#connected ? [{ parentCapability: 'eth_accounts' }] : [];
      case 'wallet_revokePermissions':
        this.#connected = false;
        this.#tellAccounts();
        return null;
      case 'wallet_switchEthereumChain': {
        const wanted = object<{ chainId: bigint }>({ chainId: quantity })(params[0], 'params[0]').chainId;
        if (wanted === BigInt(chainId)) return null;
        throw new ProviderRpcError(RPC_CODES.unknownChain, 'This wallet serves one chain only');
      }
      case 'personal_sign':
        return this.#personalSign(params);
      case 'eth_signTypedData_v4':
        return this.#signTypedData(params);
      case 'eth_sendTransaction':
        return this.#sendTransaction(params);
      case 'eth_estimateGas':
      case 'eth_gasPrice':
      case 'eth_feeHistory':
        return provenOrGuess(this.wallet.lightClient, { method, params });
      case 'eth_maxPriorityFeePerGas':
        return (await this.wallet.lightClient.requestUnverified({ method, params })).value;
      case 'eth_subscribe':
      case 'eth_unsubscribe':
      case 'eth_newFilter':
      case 'eth_newBlockFilter':
      case 'eth_uninstallFilter':
      case 'eth_getFilterChanges':
      case 'eth_getFilterLogs':
        return (await this.#watch()).answer(method, params);
      default:
        return this.wallet.lightClient.request({ method, params });
    }
  }

  /** Loaded with the first filter or subscription. */
  async #watch(): Promise<ChainWatch> {
    return (this.#watching ??= import('../light-client/watch.ts').then(
      ({ ChainWatch }) =>
        new ChainWatch(this.wallet.lightClient, (message) => this.#tell('message', message)),
    ));
  }

  #tell(event: string, payload: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(payload as never);
  }

  #accounts(): Address[] {
    const { account } = this.wallet;
    return this.#connected && account ? [account] : [];
  }

  async #connect(method: string): Promise<unknown> {
    if (this.#accounts().length === 0) {
      await this.wallet.ask(this.origin, { kind: 'connect', warnings: [] });
      this.#connected = true;
      this.#tellAccounts();
    }
    if (method === 'wallet_requestPermissions') return [{ parentCapability: 'eth_accounts' }];
    return this.#accounts();
  }

  async #personalSign(params: readonly unknown[]): Promise<Hex> {
    const account = this.#own(params[1]);
    const [said] = params;
    if (typeof said !== 'string') throw invalid('params[0]', 'a message', said);
    const message = /^0x(?:[\da-f]{2})*$/i.test(said) ? hex()(said, 'params[0]') : stringToHex(said);
    await this.wallet.ask(this.origin, describeMessage(message));
    return this.wallet.signMessage(account, message);
  }

  async #signTypedData(params: readonly unknown[]): Promise<Hex> {
    const account = this.#own(params[0]);
    const typedData = parseTypedData(params[1], 'params[1]');
    const { profile } = this.wallet;
    const { chainId } = typedData.domain;
    if (chainId !== undefined && BigInt(chainId) !== BigInt(profile.execution.chainId))
      throw new ProviderRpcError(RPC_CODES.invalidParams, 'The typed data is for another chain');
    const now = BigInt(Math.floor(Date.now() / 1000));
    await this.wallet.ask(this.origin, describeTypedData(typedData, account, profile, now));
    return this.wallet.signTypedData(account, typedData);
  }

  /** Answers with the hash once the transaction is signed and kept. */
  async #sendTransaction(params: readonly unknown[]): Promise<Hex> {
    const { from, to, data, input, value } = parseTransaction(params[0], 'params[0]');
    const account = this.#own(from ?? this.wallet.account);
    const call = { to, data: input ?? data ?? '0x', value: value ?? 0n };
    await this.wallet.ask(this.origin, describeTransaction(call, this.wallet.profile));
    return new Promise((resolve, reject) => {
      this.wallet
        .send({ ...call, from: account, describe: this.origin, onSent: resolve })
        .catch((error: unknown) => reject(error as Error));
    });
  }

  #own(value: unknown): Address {
    const asked = address(value, 'account');
    const own = this.#accounts().find((account) => sameAddress(account, asked));
    if (own) return own;
    throw new ProviderRpcError(RPC_CODES.unauthorized, 'The page is not connected to this account');
  }

  #tellAccounts(): void {
    const accounts = this.#accounts();
    if (accounts.join(',') === this.#told) return;
    this.#told = accounts.join(',');
    this.#tell('accountsChanged', accounts);
  }
}

/** How the wallet presents itself to a host's connectors. */
export interface ProviderInfo {
  uuid: string;
  name: string;
  /** Data URL. */
  icon: string;
  rdns: string;
}

/** EIP-6963: announces the provider now and whenever the page asks. Returns how to stop. */
export function announceProvider(provider: WalletProvider, info: ProviderInfo): () => void {
  const detail = Object.freeze({ info: Object.freeze({ ...info }), provider });
  const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
  addEventListener('eip6963:requestProvider', announce);
  announce();
  return () => removeEventListener('eip6963:requestProvider', announce);
}
