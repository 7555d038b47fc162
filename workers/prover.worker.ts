import { Prover } from '../src/identity/prover.ts';
import { exposeApi } from './boundary.ts';

/** The only place that loads snarkjs. The holder's secret arrives with a request and is not kept. */
const prover = new Prover();

// A fixed list: whoever holds the endpoint reaches these calls and nothing behind them.
exposeApi({
  prepare: prover.prepare.bind(prover),
  prove: prover.prove.bind(prover),
});
