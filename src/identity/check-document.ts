import { type DocumentType, LARGEST_DOCUMENT } from '../protocol/application-status.ts';
import { HskError } from '../protocol/errors.ts';

const SIGNATURES: readonly [type: DocumentType, bytes: readonly number[]][] = [
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
];

/**
 * Reads what a chosen file is by its first bytes, before anything is sent.
 *
 * @returns the same bytes under their true type
 * @throws `DOCUMENT_TYPE`, `DOCUMENT_TOO_LARGE`, `DOCUMENT_EMPTY`
 */
export async function checkDocument(file: Blob): Promise<Blob> {
  if (file.size === 0)
    throw new HskError('DOCUMENT_EMPTY', 'The file is empty', { action: 'Choose another file.' });
  if (file.size > LARGEST_DOCUMENT)
    throw new HskError('DOCUMENT_TOO_LARGE', 'The file is too large', {
      details: `${file.size} bytes, at most ${LARGEST_DOCUMENT}`,
      action: 'Choose a smaller one.',
    });
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  const type = SIGNATURES.find(([, bytes]) => bytes.every((byte, at) => head[at] === byte))?.[0];
  if (!type)
    throw new HskError('DOCUMENT_TYPE', 'The file is not a JPEG or PNG image or a PDF', {
      action: 'Take a photo of the document, or save it as a PDF.',
    });
  return file.type === type ? file : file.slice(0, file.size, type);
}
