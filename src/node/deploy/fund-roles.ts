import { readFileSync } from 'node:fs';
import { formatEther, type Hex, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { HskError } from '../../protocol/errors.ts';
import type { ChainClient } from '../chain-client.ts';
import { EXECUTION_SENDERS } from '../genesis-accounts.ts';
import type { Role } from '../keys/node-keys.ts';
import type { Network } from '../network/network.ts';
import { Sender } from '../sender.ts';

/** Wei that a role needs at least, and gets, on a chain whose genesis does not know it. */
const GAS = { least: parseEther('0.1'), given: parseEther('10') };
/** The faucet gives 10 to every newcomer. */
const FAUCET = { least: parseEther('20'), given: parseEther('1000') };

/**
 * Sees to it that the roles can pay for gas on a foreign chain: from the funder's account where there is
 * one. May be repeated: who has enough gets nothing.
 *
 * @param funder a file that holds a private key in hex
 * @throws `EXECUTION_UNFUNDED` naming the accounts when there is no funder, or the funder when it has too little;
 *   `KEYS_DAMAGED`
 */
export async function fundRoles(
  client: ChainClient,
  { accounts }: Network,
  funder: string | undefined,
): Promise<void> {
  const poor: { role: Role; given: bigint }[] = [];
  for (const role of [...EXECUTION_SENDERS, 'faucet'] as const) {
    const { least, given } = role === 'faucet' ? FAUCET : GAS;
    if ((await client.getBalance({ address: accounts[role] })) < least) poor.push({ role, given });
  }
  if (poor.length === 0) return;
  if (funder === undefined)
    throw new HskError('EXECUTION_UNFUNDED', 'Accounts of this node have no gas on the attached network', {
      details: poor
        .map(({ role, given }) => `${role} ${accounts[role]}: ${formatEther(given)}`)
        .join('\n      '),
      action:
        'Send them that much, or start with --funder FILE, a file with the key of an account that has it.',
    });
  const sender = new Sender(client, privateKeyToAccount(readFunder(funder)));
  const needed = poor.reduce((sum, { given }) => sum + given, 0n);
  const held = await client.getBalance({ address: sender.address });
  // Its own gas comes on top.
  if (held <= needed)
    throw new HskError('EXECUTION_UNFUNDED', 'The funder has too little on the attached network', {
      details: `${sender.address} has ${formatEther(held)}, the node's accounts need ${formatEther(needed)} and gas`,
      action: 'Send it more, or give --funder the key file of another account.',
    });
  const sent = await sender.sendAll(
    poor.map(({ role, given }) => ({ to: accounts[role], value: given, gas: 100_000n })),
  );
  for (const { hash } of sent) await sender.confirm(hash);
}

function readFunder(file: string): Hex {
  let key = '';
  try {
    key = readFileSync(file, 'utf8').trim();
  } catch {
    // Said below, as for a file that holds something else.
  }
  if (!/^0x[0-9a-fA-F]{64}$/.test(key))
    throw new HskError('KEYS_DAMAGED', 'The file of the funder does not hold a key', {
      details: file,
      action: 'It must exist and hold 0x and 64 hex digits.',
    });
  return key as Hex;
}
