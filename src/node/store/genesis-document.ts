import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { decodeGenesis } from '../chain/genesis.ts';

/** Bytes before a frame's payload in `chain.log`, and the byte that says what the payload is. */
const BEFORE_DOCUMENT = 9;

/** The genesis document of a chain's directory: the first frame of its log, which is never written again. */
export function readGenesisDocument(directory: string): Uint8Array | undefined {
  const file = path.join(directory, 'chain.log');
  if (!existsSync(file)) return undefined;
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(BEFORE_DOCUMENT);
    if (readSync(descriptor, header, 0, BEFORE_DOCUMENT, 0) < BEFORE_DOCUMENT) return undefined;
    const document = Buffer.alloc(header.readUInt32BE(0) - 1);
    readSync(descriptor, document, 0, document.length, BEFORE_DOCUMENT);
    decodeGenesis(document);
    return document;
  } finally {
    closeSync(descriptor);
  }
}
