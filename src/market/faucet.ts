import type { Address } from 'viem';
import { HskError } from '../protocol/errors.ts';

/**
 * Asks the test network's faucet to send money and gas.
 *
 * @throws `FAUCET_UNREACHABLE`, `FAUCET_REFUSED`
 */
export async function askFaucet(url: string, address: Address): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ address }),
      signal: AbortSignal.timeout(20_000),
    });
  } catch (cause) {
    throw new HskError('FAUCET_UNREACHABLE', 'The test faucet does not answer', { details: url, cause });
  }
  if (!response.ok)
    throw new HskError('FAUCET_REFUSED', 'The test faucet did not send anything', {
      details: `${url}: HTTP ${response.status} ${(await response.text()).slice(0, 200)}`,
      action: 'Try again later.',
    });
}
