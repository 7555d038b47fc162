import { Prover } from '../src/identity/prover.ts';
import { exposeApi } from './boundary.ts';

/** The holder's secret arrives with a request and is not kept; the sums it fixes are, until `forget`. */
const prover = new Prover();

// A fixed list: whoever holds the endpoint reaches these calls and nothing behind them.
exposeApi({
  prepare: prover.prepare.bind(prover),
  prove: prover.prove.bind(prover),
  proveAhead: prover.proveAhead.bind(prover),
  forget: prover.forget.bind(prover),
  employ: prover.employ.bind(prover),
  multiplyFor: prover.multiplyFor.bind(prover),
});
