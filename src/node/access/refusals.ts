import { METHOD_NOT_FOUND, RpcError } from '../rpc/rpc-error.ts';

/** Nobody has signed in, or the session is over: `data.signIn` says how to. */
export const SESSION_NEEDED = -32001;
/** The session's account may not see this. */
export const NOT_DISCLOSED = -32002;
/** Too many of something for now. */
export const LIMIT_EXCEEDED = -32005;

const SIGN_IN = {
  standard: 'EIP-4361',
  nonce: 'hsk_getSessionNonce',
  session: 'hsk_createSession',
  present: 'Authorization: Bearer <token>, or hsk_authenticate on a WebSocket',
};

/** @param ended a token was presented, but is of no session here */
export function sessionNeeded(ended: boolean): RpcError {
  return ended
    ? new RpcError(SESSION_NEEDED, 'session ended: sign in again', { code: 'SESSION_ENDED', signIn: SIGN_IN })
    : new RpcError(SESSION_NEEDED, 'session needed: reads of this chain are private', {
        code: 'SESSION_NEEDED',
        signIn: SIGN_IN,
      });
}

export function notDisclosed(why: string, code = 'NOT_DISCLOSED'): RpcError {
  return new RpcError(NOT_DISCLOSED, `not disclosed to this account: ${why}`, { code });
}

/** As the chain answers a method that it does not have: what is not in the policy does not exist. */
export function noSuchMethod(method: string): RpcError {
  return new RpcError(METHOD_NOT_FOUND, `the method ${method} does not exist/is not available`);
}
