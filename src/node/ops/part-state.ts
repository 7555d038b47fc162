/** How one part of a process is at this moment. */
export interface PartState {
  /** Whether it does its work. A process is ready when all its parts do. */
  ok: boolean;
  /** For people, such as `block 1,204, 2 s old`. */
  words: string;
  figures: Partial<Record<Figure, number>>;
}

export type Describe = () => PartState | Promise<PartState>;

/** Every figure that a part may give: the metric `hsk_<part>_<figure>`. */
export const FIGURES = {
  head_block: 'Number of the newest block',
  head_age_seconds: 'Seconds since the timestamp of the newest block',
  pending_transactions: 'Transactions that wait for a block',
  transactions_total: 'Transactions in blocks since this process started',
  reachable: '1 while the chain or peer answers',
  attested_block: 'Newest block that a threshold of the committee attested',
  unattested_blocks: 'Blocks after the newest attested one',
  anchored_block: 'Newest execution block whose output root stands in the registry',
  members: 'Members of the committee',
  members_answering: 'Members that signed when last asked',
  cases_to_decide: 'Applications and screening hits that wait for a person at the desk',
  oldest_case_seconds: 'Seconds for which the oldest of them waits',
  live_credentials: 'Credentials in the tree of the issuer',
  list_age_seconds: 'Seconds since the oldest sanctions list in use was imported; 0 for the built-in one',
  relayed_deposit: 'Newest deposit of the Vault that was minted on the execution chain',
} as const;

export type Figure = keyof typeof FIGURES;

/** `1,204` */
export const counted = (value: number | bigint): string => value.toLocaleString('en');

/** Seconds between a block's timestamp and now; a clock that runs behind gives 0. */
export function ageOf(timestamp: bigint, now = Date.now()): number {
  return Math.max(0, Math.round(now / 1000 - Number(timestamp)));
}
