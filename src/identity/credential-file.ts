import type { Hex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import { hex, integer, object, oneOf, type Parser, url } from '../protocol/parse.ts';
import type { Place } from './holder-records.ts';

/** A credential in a file: sealed, so that only the wallet with the same recovery phrase opens it. */
export interface CredentialFile extends Place {
  format: 'hsk-credential';
  version: 1;
  sealed: Hex;
}

const parseFile: Parser<CredentialFile> = object<CredentialFile>({
  format: oneOf('hsk-credential'),
  version: oneOf(1),
  issuer: url,
  purpose: integer,
  sealed: hex(),
});

export function writeCredentialFile({ issuer, purpose }: Place, sealed: Hex): string {
  const file: CredentialFile = { format: 'hsk-credential', version: 1, issuer, purpose, sealed };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** @throws `CREDENTIAL_FILE` */
export function readCredentialFile(contents: string): CredentialFile {
  try {
    return parseFile(JSON.parse(contents), 'file');
  } catch (cause) {
    throw new HskError('CREDENTIAL_FILE', 'This is not a file with a credential', {
      action: 'Choose the file that was exported from the wallet.',
      cause,
    });
  }
}
