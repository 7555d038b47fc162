import { anchorRegistryAbi } from '../../src/contracts/abi/AnchorRegistry.ts';
import { parseSignedAttestation } from '../../src/protocol/attestation.ts';
import { money, round, type Sources, supplyAbi, totalSupply } from './sources.ts';

/** Blocks and anchors that one answer looks back on, and mainchain blocks in which anchors are looked for. */
const BLOCKS = 60n;
const ANCHORS = 12;
const LOOK_BACK = 2000n;

/** What happened in the last blocks of the execution chain. */
export async function chainActivity({ execution }: Sources): Promise<unknown> {
  const head = await execution.getBlockNumber();
  const first = head >= BLOCKS ? head - BLOCKS + 1n : 0n;
  const blocks = await Promise.all(
    Array.from({ length: Number(head - first) + 1 }, (_, index) =>
      execution.getBlock({ blockNumber: first + BigInt(index) }),
    ),
  );
  const counts = blocks.map(({ transactions }) => transactions.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const gas = blocks.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const seconds = Number(blocks.at(-1)!.timestamp - blocks[0]!.timestamp);
  const busiest = counts.indexOf(Math.max(...counts));
  return {
    blocks: { from: String(first), to: String(head), seconds },
    transactions: total,
    transactionsPerBlock: round(total / blocks.length, 2),
    transactionsPerSecond: seconds > 0 ? round(total / seconds) : null,
    secondsPerBlock: blocks.length > 1 ? round(seconds / (blocks.length - 1), 2) : null,
    gasUsed: String(gas),
    gasPerTransaction: total > 0 ? String(gas / BigInt(total)) : null,
    baseFeeWei: String(blocks.at(-1)!.baseFeePerGas ?? 0n),
    busiestBlock: { number: String(first + BigInt(busiest)), transactions: counts[busiest] },
  };
}

/** How long execution blocks wait for their output root to stand on the mainchain. */
export async function anchorLag({ profile, execution, mainchain }: Sources): Promise<unknown> {
  const [head, mainHead] = await Promise.all([execution.getBlock(), mainchain.getBlockNumber()]);
  const logs = await mainchain.getContractEvents({
    address: profile.mainchain.contracts.anchorRegistry,
    abi: anchorRegistryAbi,
    eventName: 'Anchored',
    fromBlock: mainHead > LOOK_BACK ? mainHead - LOOK_BACK : 0n,
    toBlock: mainHead,
    strict: true,
  });
  const anchors = await Promise.all(
    logs.slice(-ANCHORS).map(async ({ args, blockNumber }) => {
      const [block, anchoredIn] = await Promise.all([
        execution.getBlock({ blockNumber: args.blockNumber }),
        mainchain.getBlock({ blockNumber }),
      ]);
      return {
        executionBlock: String(args.blockNumber),
        mainchainBlock: String(blockNumber),
        seconds: Number(anchoredIn.timestamp - block.timestamp),
        outputRoot: args.outputRoot,
      };
    }),
  );
  const seconds = anchors.map((anchor) => anchor.seconds).toSorted((a, b) => a - b);
  const newest = logs.at(-1)?.args.blockNumber;
  return {
    head: String(head.number),
    blocksNotAnchored: newest === undefined ? null : String(head.number - newest),
    lagSeconds: {
      shortest: seconds[0] ?? null,
      median: seconds[Math.floor(seconds.length / 2)] ?? null,
      longest: seconds.at(-1) ?? null,
    },
    anchors,
  };
}

/** Stablecoin on the permissioned chain against what the mainchain's vault holds for it. */
export async function stablecoinSupply({ profile, execution, mainchain }: Sources): Promise<unknown> {
  const here = profile.execution.contracts.stablecoin;
  const there = profile.mainchain.contracts;
  const [circulating, issued, locked, number] = await Promise.all([
    totalSupply(execution, here),
    totalSupply(mainchain, there.stablecoin),
    mainchain.readContract({
      address: there.stablecoin,
      abi: supplyAbi,
      functionName: 'balanceOf',
      args: [there.vault],
    }),
    execution.getBlockNumber(),
  ]);
  return {
    currency: 'HKD',
    block: String(number),
    executionSupply: money(circulating),
    mainchainSupply: money(issued),
    lockedInVault: money(locked),
    coveragePercent: circulating > 0n ? round(Number((locked * 1_000_000n) / circulating) / 10_000) : null,
  };
}

/** Who signed the newest attestation, how far it is behind the head, and how fast each member answers. */
export async function committeeHealth({ profile, execution, ask }: Sources): Promise<unknown> {
  const [head, latest, members] = await Promise.all([
    execution.getBlock(),
    ask('hsk_getAttestation', ['latest']),
    Promise.all(profile.services.committee.map(answerTime)),
  ]);
  const signed = latest === null ? undefined : parseSignedAttestation(latest, 'attestation');
  const bits = signed ? Buffer.from(signed.bitmap.slice(2), 'hex') : Buffer.alloc(0);
  const { epoch, threshold, keys } = profile.committee;
  return {
    epoch: String(epoch),
    threshold,
    head: String(head.number),
    attested: signed ? String(signed.attestation.blockNumber) : null,
    blocksBehind: signed ? String(head.number - signed.attestation.blockNumber) : null,
    members: keys.map((key, index) => ({
      key: `${key.slice(0, 18)}…`,
      signedNewest: ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0,
      ...members[index],
    })),
  };
}

async function answerTime(url: string): Promise<{ reachable: boolean; milliseconds: number | null }> {
  const started = performance.now();
  try {
    const { ok } = await fetch(`${url}/key`, { signal: AbortSignal.timeout(5000) });
    return { reachable: ok, milliseconds: round(performance.now() - started, 1) };
  } catch {
    return { reachable: false, milliseconds: null };
  }
}
