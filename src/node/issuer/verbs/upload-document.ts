import { createHash, randomBytes } from 'node:crypto';
import {
  type DocumentKind,
  type DocumentType,
  LARGEST_DOCUMENT,
} from '../../../protocol/application-status.ts';
import { HskError } from '../../../protocol/errors.ts';
import { type Case, documentsOf, nextState, type StoredDocument } from '../case/case.ts';
import type { Office } from '../office.ts';
import { storageFull } from './apply.ts';
import { forget } from './forget.ts';

/** How each type begins. */
const BEGINNINGS: Record<DocumentType, readonly number[]> = {
  'image/jpeg': [0xff, 0xd8, 0xff],
  'image/png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  'application/pdf': [0x25, 0x50, 0x44, 0x46, 0x2d],
};

/**
 * Takes in one document, sealed; with the last one that is needed the case goes to the desk.
 *
 * @param declared the `content-type`; the first bytes decide, and both have to agree
 * @throws `ISSUER_NOT_AWAITING_DOCUMENTS`, `ISSUER_DOCUMENT_TYPE`, `ISSUER_DOCUMENT_TOO_LARGE`, `ISSUER_STORAGE_FULL`
 */
export function uploadDocument(
  office: Office,
  { id }: Case,
  kind: DocumentKind,
  declared: string,
  bytes: Uint8Array,
): Promise<Case> {
  const { cases, files, settings } = office;
  return office.inTurn(async () => {
    const document: StoredDocument = {
      kind,
      type: typeOf(bytes, declared),
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      file: `${id}.${randomBytes(8).toString('hex')}.document`,
      at: settings.now(),
    };
    const { now } = cases.get(id);
    const event = { type: 'uploaded', at: document.at, document } as const;
    nextState(now, event);
    const others = documentsOf(now).filter((one) => one.kind !== kind);
    const total = others.reduce((sum, one) => sum + one.bytes, bytes.length);
    if (total > settings.limits.applicationBytes) throw tooLarge(`${total} bytes with the others`);
    if (files.bytes + bytes.length > settings.limits.storedBytes) throw storageFull();
    files.put(document.file, bytes);
    const one = await cases.step({ id, event });
    forget(office, id);
    return one;
  });
}

export function tooLarge(details: string): HskError {
  return new HskError('ISSUER_DOCUMENT_TOO_LARGE', 'The document is too large', {
    details,
    action: `Send at most ${LARGEST_DOCUMENT / 1024 ** 2} MB for each document.`,
  });
}

function typeOf(bytes: Uint8Array, declared: string): DocumentType {
  const found = (Object.entries(BEGINNINGS) as [DocumentType, readonly number[]][]).find(([, beginning]) =>
    beginning.every((byte, index) => bytes[index] === byte),
  )?.[0];
  if (found === undefined || found !== declared.split(';')[0]!.trim().toLowerCase())
    throw new HskError('ISSUER_DOCUMENT_TYPE', 'The document is no JPEG, PNG or PDF file', {
      details: `${declared.slice(0, 60) || 'no type'}, ${found ?? 'other'} bytes`,
      action: 'Send a photograph or a PDF.',
    });
  return found;
}
