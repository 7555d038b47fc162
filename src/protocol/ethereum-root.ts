import type { Hex } from 'viem';
import { type BeaconConfig, parseBeaconConfig } from './beacon-config.ts';
import { type OutputContracts, parseOutputContracts } from './op-stack.ts';
import { hex, integer, list, object, oneOf, type Parser, url } from './parse.ts';

/**
 * Trust root of a mainchain that is an OP Stack chain: Ethereum's sync committee finalises Ethereum's state, which holds
 * the output roots claimed for the mainchain.
 *
 * A mainchain header is taken for the head when finalised Ethereum state holds its output root as a claim that
 * nobody has refuted (a game of the respected type, not lost, not blacklisted, not retired; or a proposal of the oracle);
 * it is settled when that game was resolved for the defender longer than the air gap ago (or the proposal is older than
 * the finalisation period). Until then a false claim stands as long as nobody challenges it.
 */
export interface EthereumRoot {
  kind: 'ethereum';
  /** Chain id of Ethereum: 1, 11155111. */
  chainId: number;
  /** Beacon API of nodes that serve light clients. */
  beaconUrls: string[];
  /** JSON-RPC of Ethereum's execution layer, with proofs (`eth_getProof`) for the last finalised blocks. */
  executionUrls: string[];
  beacon: BeaconConfig;
  checkpoint: {
    /** Root of a finalised beacon block, taken as given. */
    root: Hex;
    /** Seconds after which validators that have left could sign another history: an older checkpoint is refused. */
    maxAge: number;
  };
  outputs: OutputContracts;
}

export const parseEthereumRoot: Parser<EthereumRoot> = object<EthereumRoot>({
  kind: oneOf('ethereum'),
  chainId: integer,
  beaconUrls: list(url),
  executionUrls: list(url),
  beacon: parseBeaconConfig,
  checkpoint: object<EthereumRoot['checkpoint']>({ root: hex(32), maxAge: integer }),
  outputs: parseOutputContracts,
});
