import { parseArgs } from 'node:util';
import { HskError } from '../../protocol/errors.ts';
import { address, hex } from '../../protocol/parse.ts';

export const NETWORK_USAGE = `Options of network
  hsk-node network 177|133   HashKey Chain, or its testnet
  --known                    print what is publicly known, and nothing else
  --anchor-registry ADDRESS  the deployment's contracts on it
  --vault ADDRESS
  --stablecoin ADDRESS
  --checkpoint ROOT          a beacon block finalised lately, as two independent sources name it
  --beacon-url URL           a beacon node that serves light clients; may be repeated
  --ethereum-url URL         an Ethereum node that answers eth_getProof; may be repeated
`;

/** Prints the mainchain part of a profile on HashKey Chain; refuses to make up what is not public. */
export async function network(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      known: { type: 'boolean', default: false },
      'anchor-registry': { type: 'string' },
      vault: { type: 'string' },
      stablecoin: { type: 'string' },
      checkpoint: { type: 'string' },
      'beacon-url': { type: 'string', multiple: true },
      'ethereum-url': { type: 'string', multiple: true },
    },
  });
  const { HASHKEY_CHAINS, hashkeyMainchain } = await import('../../protocol/hashkey-chain.ts');
  const [id, ...more] = positionals;
  if ((id !== '177' && id !== '133') || more.length > 0)
    throw new HskError('NODE_USAGE', 'Exactly one network is printed', {
      action: 'hsk-node network 177, or 133 for the testnet',
    });
  const chainId = id === '177' ? 177 : 133;
  if (values.known) return console.log(JSON.stringify(HASHKEY_CHAINS[chainId], null, 2));
  const given = (name: 'anchor-registry' | 'vault' | 'stablecoin') =>
    values[name] === undefined ? undefined : address(values[name], `--${name}`);
  const [anchorRegistry, vault, stablecoin] = [given('anchor-registry'), given('vault'), given('stablecoin')];
  const mainchain = hashkeyMainchain(chainId, {
    contracts: {
      ...(anchorRegistry && { anchorRegistry }),
      ...(vault && { vault }),
      ...(stablecoin && { stablecoin }),
    },
    ...(values.checkpoint !== undefined && { checkpoint: hex(32)(values.checkpoint, '--checkpoint') }),
    beaconUrls: values['beacon-url'] ?? [],
    executionUrls: values['ethereum-url'] ?? [],
  });
  console.log(JSON.stringify(mainchain, null, 2));
}
