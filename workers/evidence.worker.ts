import { type EvmApi } from '../src/evm/evm-api.ts';
import { EvmTurns } from '../src/evm/evm-turns.ts';
import { checkEvidence } from '../src/light-client/check-evidence.ts';
import { HskError } from '../src/protocol/errors.ts';
import type { ChainProfile } from '../src/protocol/profile.ts';
import { exposeApi } from './boundary.ts';
import { remoteEvm } from './remote-evm.ts';

/** Milliseconds that the call of a document may compute. */
const CALL_TIME = 10_000;

let run: EvmApi['run'] = async () => {
  throw new HskError('EVM_UNAVAILABLE', 'Nobody has given this worker an EVM');
};

/** Verifies evidence documents away from the page: signatures and pairings take their time. */
exposeApi({
  check: (profile: ChainProfile, text: string) => checkEvidence(profile, text, run),
  /** The page opens the EVM's worker, and ends it. */
  useEvm(open: () => Promise<MessagePort>, end: () => void) {
    const turns = new EvmTurns(remoteEvm(open, end), CALL_TIME);
    run = turns.run.bind(turns);
  },
});
