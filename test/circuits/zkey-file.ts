/** Sections of one of snarkjs's binary files by their number. */
export function sectionsOf(file: Uint8Array): Map<number, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const sections = new Map<number, Uint8Array>();
  let at = 12;
  for (let left = view.getUint32(8, true); left > 0; left--) {
    const size = Number(view.getBigUint64(at + 4, true));
    sections.set(view.getUint32(at, true), file.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  return sections;
}
