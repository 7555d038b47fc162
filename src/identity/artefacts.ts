import type { Hex } from 'viem';
import { HskError } from '../protocol/errors.ts';
import type { CircuitPins } from '../protocol/profile.ts';
import type { ArtefactStore } from './artefact-store.ts';
import { isKnownCeremony, type VerificationKey } from './ceremony.ts';

/** What the prover works with; every byte is what the profile pins. */
export interface Artefacts {
  /** Calculates witnesses. */
  wasm: Uint8Array;
  /** The proving key as browsers load it. */
  key: Uint8Array;
  /** bn128.wasm. */
  curve: Uint8Array;
  vkey: VerificationKey;
}

export interface ArtefactSource {
  store: ArtefactStore;
  fetch: typeof fetch;
  /** 0 to 1 over all artefacts. */
  progress?: ((fraction: number) => void) | undefined;
}

/** Roughly how the download divides, for one progress over four files. */
const WEIGHTS = { vkey: 0.01, curve: 0.04, wasm: 0.1, key: 0.85 } as const;

/**
 * The artefacts of the circuit, from the store or from `<base>/<name>.wasm`, `.key.bin`, `.vkey.json` and
 * `bn128.wasm`.
 * A download that was cut off continues where it stopped. Nothing is used whose sha256 is not the pinned one.
 *
 * @param base absolute URL of the folder: in a blob worker nothing else can be resolved
 * @throws `ARTEFACT_UNREACHABLE`, `ARTEFACT_MISMATCH`, `ARTEFACT_CEREMONY`, `ARTEFACT_UNPINNED`, `ARTEFACT_KIND`
 */
export async function loadArtefacts(
  pins: CircuitPins,
  base: string,
  source: ArtefactSource,
): Promise<Artefacts> {
  if (!/^https?:\/\//.test(base))
    throw new HskError('ARTEFACT_UNREACHABLE', 'The folder of the circuit is not an absolute URL', {
      details: base,
    });
  const folder = base.endsWith('/') ? base : `${base}/`;
  let before = 0;
  const load = async (part: keyof typeof WEIGHTS, file: string) => {
    const sha256 = pins[part];
    if (!sha256)
      throw new HskError('ARTEFACT_UNPINNED', 'The chain profile does not pin every file of the circuit', {
        details: file,
        action: 'The operator has to write the profile again with this version.',
      });
    const bytes = await loadPinned(sha256, new URL(file, folder).href, {
      ...source,
      progress: (fraction) => source.progress?.(before + WEIGHTS[part] * fraction),
    });
    before += WEIGHTS[part];
    source.progress?.(before);
    return bytes;
  };
  const vkey = readVerificationKey(await load('vkey', `${pins.name}.vkey.json`));
  // A profile cannot pass a development key off as a production one.
  if (!pins.development && !isKnownCeremony(vkey))
    throw new HskError('ARTEFACT_CEREMONY', 'The proving key does not come from a known ceremony', {
      details: `vk_alpha_1.x ${vkey.vk_alpha_1[0]?.slice(0, 14)}…`,
      action: 'Mark it as a development key in the chain profile, or use a key of a public ceremony.',
    });
  const wasm = await load('wasm', `${pins.name}.wasm`);
  const curve = await load('curve', 'bn128.wasm');
  const key = await load('key', `${pins.name}.key.bin`);
  return { wasm, curve, key, vkey };
}

/** The hash is the pinned one; what the profile pins in this place may still be another kind of file. */
function readVerificationKey(bytes: Uint8Array): VerificationKey {
  try {
    const key = JSON.parse(new TextDecoder().decode(bytes)) as VerificationKey;
    if (Array.isArray(key.vk_alpha_1) && Array.isArray(key.IC)) return key;
  } catch {
    // Said below.
  }
  throw otherKind('the verification key');
}

/** A file that is pinned in the place of another. */
export function otherKind(place: string, cause?: unknown): HskError {
  return new HskError('ARTEFACT_KIND', 'The chain profile pins another file in its place', {
    details: place,
    action: 'The operator has to write the profile again.',
    cause,
  });
}

async function loadPinned(sha256: Hex, url: string, source: ArtefactSource): Promise<Uint8Array> {
  const { store } = source;
  const kept = await store.get(sha256);
  if (kept && (await digest(kept)) === sha256) return kept;
  const begun = await store.partial(sha256);
  let bytes = await download(sha256, url, begun, source);
  let seen = await digest(bytes);
  if (seen !== sha256 && begun) {
    // What was kept may belong to another version of the file: once more from the start.
    await store.putPartial(sha256, undefined);
    bytes = await download(sha256, url, undefined, source);
    seen = await digest(bytes);
  }
  if (seen !== sha256) {
    await store.putPartial(sha256, undefined);
    throw new HskError('ARTEFACT_MISMATCH', 'A file of the circuit is not the one this page pins', {
      details: `${url}: sha256 ${seen} instead of ${sha256}`,
      action: 'Tell the operator of this site.',
    });
  }
  await store.put(sha256, bytes);
  return bytes;
}

async function download(
  sha256: Hex,
  url: string,
  begun: Uint8Array | undefined,
  { store, fetch, progress }: ArtefactSource,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    const headers = begun?.length ? { range: `bytes=${begun.length}-` } : undefined;
    let response = await fetch(url, headers && { headers });
    // Range not satisfiable: the file is shorter than what was kept.
    if (response.status === 416) response = await fetch(url);
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
    if (begun && response.status === 206) {
      parts.push(begun);
      size = begun.length;
    }
    // A compressed answer has no known length: then progress jumps at the end.
    const length = response.headers.has('content-encoding')
      ? 0
      : size + Number(response.headers.get('content-length') ?? 0);
    const reader = response.body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      parts.push(next.value);
      size += next.value.length;
      if (length) progress?.(Math.min(1, size / length));
    }
  } catch (cause) {
    if (size > 0) await store.putPartial(sha256, join(parts, size));
    throw new HskError('ARTEFACT_UNREACHABLE', 'A file of the circuit could not be loaded', {
      details: `${url}: ${cause instanceof Error ? cause.message : String(cause)}, ${size} bytes kept`,
      action: 'Check your connection and try again: it continues where it stopped.',
      cause,
    });
  }
  return join(parts, size);
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

async function digest(bytes: Uint8Array): Promise<Hex> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return `0x${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
