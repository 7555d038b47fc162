import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { parseSignedAttestation, type SignedAttestation } from '../../protocol/attestation.ts';
import { bigintToString } from '../../protocol/evidence.ts';

/** The published attestations by block number, below `directory/attestations`. What `put` resolved for is durable. */
export class AttestationStore {
  readonly #level: ClassicLevel<string, string>;

  private constructor(level: ClassicLevel<string, string>) {
    this.#level = level;
  }

  static async open(directory: string): Promise<AttestationStore> {
    const level = new ClassicLevel<string, string>(path.join(directory, 'attestations'));
    await level.open();
    return new AttestationStore(level);
  }

  async put(signed: SignedAttestation): Promise<void> {
    await this.#level.put(keyOf(signed.attestation.blockNumber), encode(signed), { sync: true });
  }

  async get(blockNumber: bigint): Promise<SignedAttestation | undefined> {
    const value = await this.#level.get(keyOf(blockNumber));
    return value === undefined ? undefined : decode(value);
  }

  async newest(): Promise<SignedAttestation | undefined> {
    const [value] = await this.#level.values({ reverse: true, limit: 1 }).all();
    return value === undefined ? undefined : decode(value);
  }

  close(): Promise<void> {
    return this.#level.close();
  }
}

/** JSON as it goes over the wire: integers as decimal strings. */
export function encodeSignedAttestation(signed: SignedAttestation): unknown {
  return JSON.parse(encode(signed));
}

function keyOf(blockNumber: bigint): string {
  return blockNumber.toString().padStart(20, '0');
}

function encode(signed: SignedAttestation): string {
  return JSON.stringify(signed, bigintToString);
}

function decode(value: string): SignedAttestation {
  return parseSignedAttestation(JSON.parse(value), 'attestation');
}
