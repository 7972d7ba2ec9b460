/** Writes a zip: the same entries give the same bytes, whenever and wherever. */
import { crc32, deflateRawSync } from 'node:zlib';

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const deflated = 8;
/** Names are UTF-8 (APPNOTE.TXT 4.4.4, bit 11). */
const utf8Flag = 0x0800;
/** 1980-01-01, the earliest that the format knows: a build time would make each package another one. */
const dosDate = 0x0021;
const madeByUnix = 0x031e;
/** Regular file, rw-r--r--. */
const unixMode = 0o100644 * 0x1_0000;

/** Entries by path with `/`, without leading slash; at most 65,535 and 4 GiB (no zip64). */
export function zip(entries: ReadonlyMap<string, Buffer>): Buffer {
  if (entries.size > 0xffff) throw new RangeError(`${entries.size} entries are more than a zip without zip64 holds`);
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const name = Buffer.from(path, 'utf8');
    const packed = deflateRawSync(content, { level: 9 });
    const described = describe(content, packed, name);
    const local = Buffer.concat([uint32(localSignature), uint16(20), described, uint16(0), name]);
    bodies.push(local, packed);
    directory.push(
      Buffer.concat([uint32(centralSignature), uint16(madeByUnix), uint16(20), described, uint16(0), uint16(0)]),
      Buffer.concat([uint16(0), uint16(0), uint32(unixMode), uint32(offset), name]),
    );
    offset += local.length + packed.length;
  }
  const listing = Buffer.concat(directory);
  const count = uint16(entries.size);
  const end = [uint32(endSignature), uint16(0), uint16(0), count, count, uint32(listing.length), uint32(offset)];
  return Buffer.concat([...bodies, listing, ...end, uint16(0)]);
}

/** What the local header and the central directory have in common: flags to the length of the name. */
const describe = (content: Buffer, packed: Buffer, name: Buffer): Buffer =>
  Buffer.concat([
    uint16(utf8Flag),
    uint16(deflated),
    uint16(0),
    uint16(dosDate),
    uint32(crc32(content)),
    uint32(packed.length),
    uint32(content.length),
    uint16(name.length),
  ]);

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
