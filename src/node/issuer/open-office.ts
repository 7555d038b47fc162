import { existsSync } from 'node:fs';
import path from 'node:path';
import { HskError } from '../../protocol/errors.ts';
import { CaseStore } from './case/case-store.ts';
import { AuditLog } from './desk/audit-log.ts';
import { openKeyFile } from './key-file.ts';
import { IssuerLedger } from './ledger.ts';
import type { Office } from './office.ts';
import { openPersonKey } from './person.ts';
import type { RootPublisher } from './root-publisher.ts';
import { ListStore } from './screening/list-store.ts';
import { Seal } from './seal.ts';
import { SealedFiles } from './sealed-files.ts';
import type { IssuerSettings } from './settings.ts';

const DATA_KEY = 'data.key';

/** Opens everything the issuer keeps below its directory; stages the tree. @throws `ISSUER_DAMAGED`, `ISSUER_AUDIT_BROKEN` */
export function openOffice(
  directory: string,
  url: string,
  settings: IssuerSettings,
  publisher: RootPublisher,
): Office & { close(): Promise<void> } {
  if (CaseStore.exists(directory) && !existsSync(path.join(directory, DATA_KEY)))
    throw new HskError('ISSUER_DAMAGED', "The key to the issuer's cases is missing", {
      details: path.join(directory, DATA_KEY),
      action: 'Restore it from a backup: nothing that is kept can be read without it.',
    });
  const key = openKeyFile(directory, DATA_KEY, 'nothing that is kept can be read');
  const seal = new Seal(key);
  const ledger = IssuerLedger.open(directory, (change) => publisher.stage([change]));
  const audit = AuditLog.open(directory, seal);
  const cases = CaseStore.open(directory, seal);
  let last: Promise<unknown> = Promise.resolve();
  return {
    settings,
    url,
    cases,
    files: new SealedFiles(path.join(directory, 'cases'), seal),
    ledger,
    publisher,
    lists: new ListStore(path.join(directory, 'lists')),
    audit,
    person: openPersonKey(directory),
    kept: new Map(),
    found: new WeakMap(),
    inTurn(work) {
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      await last;
      await Promise.all([cases.close(), audit.close(), ledger.close()]);
    },
  };
}
