import type { Hex } from 'viem';
import type { Audit, SignerSummary } from './audit.ts';
import type { AuditRow } from './audit-block.ts';
import type { VerifierAudit } from './audit-verifier.ts';

/** The audit as a table for a person. */
export function describeAudit(result: Audit): string {
  const { from, to, rows, signers, sealedBlock, failed, unanchored, verifier } = result;
  const names = new Map(signers.map(({ key, name }) => [key, name]));
  const cells = rows.map((row) => cellsOf(row, names));
  const failures = rows.flatMap((row) =>
    row.failures.map((failure) => `  block ${row.blockNumber}: ${failure}`),
  );
  const data = rows.filter((row) => row.data === 'verified').length;
  return [
    table(HEAD, cells),
    '',
    table(
      ['SIGNER', 'KEY', 'SIGNED', 'OF', ''],
      signers.map((one) => [one.name, short(one.key), String(one.signed), String(one.asked), percent(one)]),
    ),
    '',
    sealedBlock === undefined
      ? 'Committees and anchors are as the mainchain endpoint says; nothing of it is proven.'
      : `Committees and anchors are proven under sealed mainchain block ${sealedBlock}.`,
    `Data of ${data} of ${rows.length} blocks was fetched from members and matches.`,
    ...(verifier ? verifierLines(verifier) : []),
    ...(unanchored > 0 ? [`${unanchored} of ${rows.length} blocks are not anchored yet.`] : []),
    failed === 0
      ? `Blocks ${from} to ${to}: everything holds.`
      : `Blocks ${from} to ${to}: ${failed} of ${rows.length} do NOT hold.`,
    ...failures,
  ].join('\n');
}

function verifierLines({ tokens, provenAt, notShown, failures }: VerifierAudit): string[] {
  if (notShown !== undefined) return [`The verifier of ZKID proofs was not shown: ${notShown}`];
  if (failures.length > 0)
    return ['The verifier of ZKID proofs does NOT hold.', ...failures.map((each) => `  ${each}`)];
  return [
    `The verifier of ZKID proofs is the pinned one for ${tokens} tokens, proven under attested block ${provenAt}.`,
  ];
}

const HEAD = ['', 'BLOCK', 'TIME (UTC)', 'HASH', 'EPOCH', 'SIGNED BY', 'BYTES', 'DATA', 'ANCHORED'];

function cellsOf(row: AuditRow, names: ReadonlyMap<Hex, string>): string[] {
  const { signed, header, signers, members, anchor, failures } = row;
  const attestation = signed?.attestation;
  return [
    failures.length === 0 ? 'ok' : 'NO',
    String(row.blockNumber),
    header ? utc(header.timestamp) : '',
    attestation ? short(attestation.blockHash) : '',
    attestation ? String(attestation.epoch) : '',
    attestation ? signedBy(signers, members, names) : 'nobody',
    attestation ? String(attestation.dataLength) : '',
    attestation ? row.data : '',
    anchor ? anchoredIn(anchor, row.blockNumber) : 'not yet',
  ];
}

function anchoredIn(
  { blockNumber, mainchainBlock, anchoredAt }: NonNullable<AuditRow['anchor']>,
  own: bigint,
) {
  const place = mainchainBlock === undefined ? utc(anchoredAt) : `mainchain ${mainchainBlock}`;
  return blockNumber === own ? place : `${place}, with ${blockNumber}`;
}

function signedBy(signers: readonly Hex[], members: readonly Hex[], names: ReadonlyMap<Hex, string>): string {
  const list = signers.map((key) => names.get(key) ?? short(key)).join(', ');
  return `${list || 'nobody'} (${signers.length} of ${members.length})`;
}

function percent({ signed, asked }: SignerSummary): string {
  return `${((100 * signed) / asked).toFixed(1)} %`;
}

function utc(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

function short(hex: Hex): string {
  return `${hex.slice(0, 10)}…${hex.slice(-4)}`;
}

/** Columns as wide as their widest cell; numbers to the right. */
function table(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const number = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[\d.]*(?: %)?$/.test(row[column]!)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          number[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
