/** A buffer that grows while it is written. */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(4096);
  private length = 0;

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length] = value;
    this.length += 1;
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte. */
  count(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length] = (rest % 0x80) | 0x80;
      this.length += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.length] = rest;
    this.length += 1;
  }

  double(value: number): void {
    this.reserve(8);
    this.length = this.buffer.writeDoubleLE(value, this.length);
  }

  /** Text and its length. Lone surrogates are kept: UTF-16 where UTF-8 cannot carry it. */
  text(value: string): void {
    const encoding = value.isWellFormed() ? 'utf8' : 'utf16le';
    const bytes = Buffer.byteLength(value, encoding);
    this.count(bytes * 2 + (encoding === 'utf8' ? 0 : 1));
    this.reserve(bytes);
    this.length += this.buffer.write(value, this.length, encoding);
  }

  bytes(value: Uint8Array): void {
    this.count(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** A copy of what was written. */
  written(): Buffer {
    return Buffer.from(this.buffer.subarray(0, this.length));
  }

  private reserve(more: number): void {
    if (this.length + more > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + more));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
  }
}

/** Reads what a `ByteWriter` wrote, in the same order. */
export class ByteReader {
  private readonly buffer: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    const value = this.buffer[this.at];
    if (value === undefined) {
      throw new RangeError('A stored page ends too early.');
    }
    this.at += 1;
    return value;
  }

  count(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const part = this.byte();
      value += (part & 0x7f) * scale;
      if (part < 0x80) {
        return value;
      }
      scale *= 0x80;
    }
  }

  double(): number {
    const value = this.buffer.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  text(): string {
    const header = this.count();
    const end = this.at + Math.floor(header / 2);
    const value = this.buffer.toString(header % 2 === 0 ? 'utf8' : 'utf16le', this.at, end);
    this.at = end;
    return value;
  }

  /** A copy, so that the page it stands in is not kept. */
  bytes(): Uint8Array {
    const end = this.count() + this.at;
    const value = new Uint8Array(this.buffer.subarray(this.at, end));
    this.at = end;
    return value;
  }
}
