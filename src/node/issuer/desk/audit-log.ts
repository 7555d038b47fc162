import path from 'node:path';
import { type AuditEntry, parseAuditEntry } from '../../../protocol/issuer-desk.ts';
import { AppendLog } from '../../store/append-log.ts';
import type { Seal } from '../seal.ts';
import { auditHash, GENESIS, verifyAudit } from './audit-chain.ts';

export type AuditLine = Pick<AuditEntry, 'at' | 'who' | 'action' | 'case' | 'reason' | 'memo'>;

/** Who did what and why, line upon line, sealed; each line carries the hash of the one before. */
export class AuditLog {
  readonly #log: AppendLog;
  readonly #seal: Seal;
  readonly #lines: AuditEntry[];

  private constructor(log: AppendLog, seal: Seal, lines: AuditEntry[]) {
    this.#log = log;
    this.#seal = seal;
    this.#lines = lines;
  }

  /** @throws `ISSUER_AUDIT_BROKEN`, `ISSUER_DAMAGED`, `STORE_LOG_CORRUPT` */
  static open(directory: string, seal: Seal): AuditLog {
    const lines: AuditEntry[] = [];
    const log = AppendLog.open(path.join(directory, 'audit.log'), 0, (payload) => {
      lines.push(parseAuditEntry(seal.openJson(payload, place(lines.length)), 'line'));
    });
    verifyAudit(lines);
    return new AuditLog(log, seal, lines);
  }

  lines(): readonly AuditEntry[] {
    return this.#lines;
  }

  about(id: string): AuditEntry[] {
    return this.#lines.filter((line) => line.case === id);
  }

  /** Seconds since 1970 of the newest line of this action. */
  last(action: string): number | undefined {
    return this.#lines.findLast((line) => line.action === action)?.at;
  }

  /** Resolves when it is on the disk. */
  async write(line: AuditLine): Promise<void> {
    const linked = { ...line, seq: this.#lines.length, previous: this.#lines.at(-1)?.hash ?? GENESIS };
    const entry: AuditEntry = { ...linked, hash: auditHash(linked) };
    this.#lines.push(entry);
    await this.#log.append(this.#seal.sealJson(entry, place(entry.seq)));
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

function place(seq: number): string {
  return `audit.log ${seq}`;
}
