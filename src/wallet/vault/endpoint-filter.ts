import type { SerializedError } from '../../protocol/errors.ts';

/** The calls of VaultApi, and nothing else. */
export const VAULT_CALLS = [
  'state',
  'newPhrase',
  'create',
  'unlock',
  'lock',
  'accounts',
  'revealPhrase',
  'erase',
  'signTransaction',
  'signTypedData',
  'signMessage',
  'signIn',
  'zkidSecret',
  'sealForHolder',
  'openForHolder',
  'holderLocator',
  'madeHere',
  'openBudget',
  'budgets',
  'signPayment',
  'releasePayment',
  'stopBudget',
] as const;

const DEPTH = 16;
const NODES = 20_000;

/**
 * Why a Comlink message is not let through, or `undefined` for a call of a listed name with plain arguments.
 * A bare Comlink endpoint lets its holder walk from any function to `constructor` and run code in the worker.
 */
export function refusal(message: unknown): string | undefined {
  if (!isRecord(message)) return 'not a message';
  if (message.type !== 'APPLY') return `messages of type ${String(message.type)} are not answered`;
  const { path, argumentList } = message;
  if (!Array.isArray(path) || path.length !== 1) return 'only direct calls are answered';
  if (!(VAULT_CALLS as readonly unknown[]).includes(path[0])) return 'there is no such call';
  if (!Array.isArray(argumentList)) return 'no arguments';
  const budget = { nodes: NODES };
  for (const argument of argumentList as unknown[]) {
    if (!isRecord(argument) || argument.type !== 'RAW') return 'only plain arguments are taken';
    if (!isPlain(argument.value, DEPTH, budget)) return 'only plain values are taken';
  }
  return undefined;
}

/** An endpoint for `Comlink.expose` that hears only what passes `refusal`; the rest is answered with an error. */
export function filteredEndpoint(port: MessagePort | DedicatedWorkerGlobalScope) {
  const heard = new Map<EventListenerOrEventListenerObject, EventListener>();
  return {
    addEventListener(type: string, listener: EventListenerOrEventListenerObject) {
      const filter = (event: Event) => {
        const { data } = event as MessageEvent<unknown>;
        const why = refusal(data);
        if (why === undefined) {
          if (typeof listener === 'function') listener(event);
          else listener.handleEvent(event);
        } else answer(port, data, why);
      };
      heard.set(listener, filter);
      port.addEventListener(type, filter);
    },
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject) {
      const filter = heard.get(listener);
      if (filter) port.removeEventListener(type, filter);
      heard.delete(listener);
    },
    postMessage: (message: unknown, transfer?: Transferable[]) => port.postMessage(message, transfer ?? []),
  };
}

/** In the form of `workers/boundary.ts`, so that whoever asked gets a typed error instead of silence. */
function answer(port: MessagePort | DedicatedWorkerGlobalScope, message: unknown, why: string): void {
  // A proxy that was collected says goodbye; nobody waits for an answer.
  if (!isRecord(message) || typeof message.id !== 'string' || message.type === 'RELEASE') return;
  const value: SerializedError = {
    code: 'VAULT_CALL_REFUSED',
    shortMessage: 'The vault answers a fixed list of calls with plain arguments',
    details: why,
  };
  port.postMessage({ id: message.id, type: 'HANDLER', name: 'throw', value });
}

function isPlain(value: unknown, depth: number, budget: { nodes: number }): boolean {
  if (--budget.nodes < 0) return false;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'undefined':
      return true;
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((entry) => isPlain(entry, depth - 1, budget));
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every((entry) => isPlain(entry, depth - 1, budget));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
