import type { Role } from '../keys/node-keys.ts';
import type { PartName } from '../parts/parts.ts';

/** A process of a network: a directory of its own, with the keys that it alone holds. */
export interface ProcessLayout {
  /** Of the directory. */
  name: string;
  /** Command of `hsk-node` that runs it. */
  command: PartName | 'deploy';
  /** Absent for what listens nowhere. */
  port?: number;
  /** Names of key files below `keys`. */
  keys: readonly string[];
}

/** Accounts that each part signs with. */
const ACCOUNTS: Partial<Record<PartName, readonly Role[]>> = {
  anchorer: ['sequencer', 'anchorer'],
  bridge: ['relayer', 'treasury'],
  issuer: ['issuer'],
  desk: ['desk'],
  faucet: ['faucet'],
  hsp: ['hspOperator', 'facilitator'],
};

/**
 * One process for each part and each member, on ports from `basePort` on.
 * @param embedded without it the execution chain is another's
 */
export function layout(
  counts: { validators: number; members: number },
  basePort: number,
  embedded: boolean,
): ProcessLayout[] {
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}-${index}`);
  const listening: Omit<ProcessLayout, 'port'>[] = [
    { name: 'mainchain', command: 'mainchain', keys: numbered('validator', counts.validators) },
    ...(embedded ? [{ name: 'execution', command: 'execution' as const, keys: [] }] : []),
    ...numbered('member', counts.members).map((name) => ({
      name,
      command: 'committee' as const,
      keys: [name],
    })),
    ...(Object.entries(ACCOUNTS) as [PartName, readonly Role[]][]).map(([name, keys]) => ({
      name,
      command: name,
      keys,
    })),
  ];
  return [
    { name: 'deployer', command: 'deploy', keys: ['deployer'] },
    ...listening.map((one, index) => ({ ...one, port: basePort + index })),
  ];
}
