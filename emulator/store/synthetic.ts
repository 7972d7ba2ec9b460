/**
 * Content that is computed, not stored: a pure function of (seed, path, offset). The seed and the path are folded into one
 * 32-bit hash when the file is made, so that a rename or a copy keeps the bytes.
 */
export class Synthetic {
  readonly hash: number;

  constructor(hash: number) {
    this.hash = hash;
  }
}

const GOLDEN = 0x9e3779b9;

/** Scrambles 32 bits (the finaliser of MurmurHash3). */
function scramble(bits: number): number {
  let mixed = bits;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** FNV-1a over the UTF-16 units of `seed/path`, scrambled. */
export function syntheticContent(seed: number | string, path: string): Synthetic {
  let hash = 0x811c9dc5;
  const text = `${seed}/${path}`;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return new Synthetic(scramble(hash) >> 0);
}

/** The four bytes at word `word` (offset / 4); the high part of the offset counts too, so that no 16 GiB repeat. */
function wordAt(hash: number, word: number): number {
  const high = Math.floor(word / 0x1_0000_0000);
  return scramble((hash ^ Math.imul(high, GOLDEN)) + Math.imul(word >>> 0, GOLDEN));
}

/** Writes the bytes from `offset` on into all of `into`. */
export function generateInto(into: Uint8Array, source: Synthetic, offset: number): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  let at = Math.min(into.length, (4 - (offset % 4)) % 4);
  writePart(into.subarray(0, at), source, offset);
  let word = (offset + at) / 4;
  for (; at + 4 <= into.length; at += 4) {
    view.setUint32(at, wordAt(source.hash, word), true);
    word += 1;
  }
  writePart(into.subarray(at), source, offset + at);
}

/** Up to three bytes of one word. */
function writePart(into: Uint8Array, source: Synthetic, offset: number): void {
  const bits = wordAt(source.hash, Math.floor(offset / 4)) >>> ((offset % 4) * 8);
  for (let index = 0; index < into.length; index += 1) {
    into[index] = (bits >>> (index * 8)) & 255;
  }
}
