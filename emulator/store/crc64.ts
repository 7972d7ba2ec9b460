/** Azure Storage's polynomial, reflected, in two halves [checked against StorageCRC64Calculator of @azure/storage-common]. */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

/** Slicing by eight: table k holds the CRC of a byte followed by k zero bytes; halves apart, since there is no 64-bit integer. */
const LOW = new Uint32Array(8 * 256);
const HIGH = new Uint32Array(8 * 256);

fillTables();

function fillTables(): void {
  for (let byte = 0; byte < 256; byte += 1) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = low & 1;
      low = ((low >>> 1) | (high << 31)) >>> 0;
      high >>>= 1;
      if (carry === 1) {
        low = (low ^ POLYNOMIAL_LOW) >>> 0;
        high = (high ^ POLYNOMIAL_HIGH) >>> 0;
      }
    }
    LOW[byte] = low;
    HIGH[byte] = high;
  }
  for (let at = 256; at < LOW.length; at += 1) {
    const low = LOW[at - 256] ?? 0;
    const high = HIGH[at - 256] ?? 0;
    LOW[at] = ((low >>> 8) | (high << 24)) ^ (LOW[low & 255] ?? 0);
    HIGH[at] = (high >>> 8) ^ (HIGH[low & 255] ?? 0);
  }
}

/** A CRC-64 that grows with the bytes fed to it. */
export class Crc64 {
  #low = 0xffffffff;
  #high = 0xffffffff;

  update(bytes: Uint8Array): this {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let low = this.#low;
    let high = this.#high;
    let at = 0;
    for (; at + 8 <= bytes.length; at += 8) {
      const a = low ^ view.getUint32(at, true);
      const b = high ^ view.getUint32(at + 4, true);
      const i7 = 1792 + (a & 255);
      const i6 = 1536 + ((a >>> 8) & 255);
      const i5 = 1280 + ((a >>> 16) & 255);
      const i4 = 1024 + (a >>> 24);
      const i3 = 768 + (b & 255);
      const i2 = 512 + ((b >>> 8) & 255);
      const i1 = 256 + ((b >>> 16) & 255);
      const i0 = b >>> 24;
      low = xor4(LOW, i7, i6, i5, i4) ^ xor4(LOW, i3, i2, i1, i0);
      high = xor4(HIGH, i7, i6, i5, i4) ^ xor4(HIGH, i3, i2, i1, i0);
    }
    for (; at < bytes.length; at += 1) {
      const index = (low ^ (bytes[at] as number)) & 255;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[index] as number);
      high = (high >>> 8) ^ (HIGH[index] as number);
    }
    this.#low = low;
    this.#high = high;
    return this;
  }

  /** The CRC of all bytes so far, as 8 bytes little-endian. */
  digest(): Uint8Array {
    const result = new Uint8Array(8);
    const out = new DataView(result.buffer);
    out.setUint32(0, ~this.#low >>> 0, true);
    out.setUint32(4, ~this.#high >>> 0, true);
    return result;
  }
}

/** Azure Storage's CRC-64 of bytes, as 8 bytes little-endian (base64 of them is what x-ms-content-crc64 carries). */
export function crc64(bytes: Uint8Array): Uint8Array {
  return new Crc64().update(bytes).digest();
}

// oxlint-disable-next-line max-params -- five: four table look-ups in the innermost loop; an array would cost more than the look-ups
function xor4(table: Uint32Array, a: number, b: number, c: number, d: number): number {
  return (table[a] as number) ^ (table[b] as number) ^ (table[c] as number) ^ (table[d] as number);
}
