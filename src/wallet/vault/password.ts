import { argon2id } from 'hash-wasm';

/** How a password becomes a key; stored beside what it opens, so that it can be raised later. */
export interface KdfParameters {
  name: 'argon2id';
  memoryKiB: number;
  iterations: number;
  parallelism: number;
  /** 16 random bytes. */
  salt: Uint8Array;
}

/** RFC 9106, second recommended option: 64 MiB, three passes. */
export function freshKdf(): KdfParameters {
  return {
    name: 'argon2id',
    memoryKiB: 65_536,
    iterations: 3,
    parallelism: 1,
    salt: crypto.getRandomValues(new Uint8Array(16)),
  };
}

/** 32 bytes. The password is normalised (NFKC), so that the same words typed on another keyboard open it. */
export async function stretchPassword(password: string, kdf: KdfParameters): Promise<Uint8Array> {
  return argon2id({
    password: new TextEncoder().encode(password.normalize('NFKC')),
    salt: kdf.salt,
    memorySize: kdf.memoryKiB,
    iterations: kdf.iterations,
    parallelism: kdf.parallelism,
    hashLength: 32,
    outputType: 'binary',
  });
}
