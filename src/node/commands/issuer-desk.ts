export const ISSUER_DESK_USAGE = `Orders of issuer-desk
  link                    the desk's address with the operator's key: whoever has it may decide
  cases                   what is to be decided, the oldest first
  show ID                 one case
  approve ID --tier N     issue the credential; --clear A,B names findings that are about somebody else
  refuse ID --reason R    with --note TEXT to the applicant
  ask ID --kinds A,B      ask for documents
  revoke ID --reason R    take the credential out of the tree
  rescreen                screen everybody again
  import FILE --source S  a sanctions list; --format ofac|csv|json (default ofac), --aliases FILE for OFAC's ALT.CSV
  audit [FILE]            the record, to a file or to standard output
  verify FILE             whether an exported record was changed; --head HASH: and holds a hash noted before
Options
  --data DIR              of the issuer (default .hsk)
  --key FILE              the desk's keys (default DIR/issuer/desk.key)
  --operator NAME         whose key to use (default: the first in the file)
  --url URL               of the issuer (default: the profile's)
  --profile FILE          the chain profile (default DIR/profile.json)
  --memo TEXT             for the record
  --json                  print the answer as one line of JSON
`;

/** One order to the desk of a running issuer. */
export async function issuerDesk(args: string[]): Promise<void> {
  await (await import('./order-desk.ts')).orderDesk(args);
}
