import { StoreError } from './errors.ts';
import { ACE_FLAGS, ACE_TYPES, ACL_FLAGS, RIGHTS, SIDS, wordFor } from './sddl-words.ts';

// Conversion between SDDL and the self-relative binary form ([MS-DTYP] 2.4.6), for x-ms-file-permission-format: Binary.
// Object and conditional entries are refused: Azure Files says CannotConvertToSddlDueToCustomAce.

const SELF_RELATIVE = 0x8000;
const HEADER_BYTES = 20;
const ACL_REVISION = 2;

type Ace = { type: number; flags: number; mask: number; sid: string };
type Acl = { control: number; aces: readonly Ace[] };
type Descriptor = {
  owner: string | undefined;
  group: string | undefined;
  dacl: Acl | undefined;
  sacl: Acl | undefined;
};

/** Binary form of an SDDL: DACL, SACL, owner, group, in the order in which the service lays them out [M]. */
export function binaryOfSddl(sddl: string): Buffer {
  const { owner, group, dacl, sacl } = parseSddl(sddl);
  const parts = [
    { field: 16, bytes: dacl === undefined ? undefined : aclBytes(dacl) },
    { field: 12, bytes: sacl === undefined ? undefined : aclBytes(sacl) },
    { field: 4, bytes: owner === undefined ? undefined : sidBytes(owner) },
    { field: 8, bytes: group === undefined ? undefined : sidBytes(group) },
  ];
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = 1;
  // The service says that there is a SACL even when it is none.
  header.writeUInt16LE(SELF_RELATIVE | ACL_FLAGS.S.present | (dacl?.control ?? 0) | (sacl?.control ?? 0), 2);
  let offset = HEADER_BYTES;
  for (const { field, bytes } of parts) {
    if (bytes !== undefined) {
      header.writeUInt32LE(offset, field);
      offset += bytes.length;
    }
  }
  return Buffer.concat([header, ...parts.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]))]);
}

/** SDDL of a binary descriptor. @throws FileInvalidPermission, CannotConvertToSddlDueToCustomAce */
export function sddlOfBinary(binary: Buffer): string {
  try {
    return readDescriptor(binary);
  } catch (error) {
    throw error instanceof RangeError ? new StoreError('FileInvalidPermission') : error;
  }
}

function readDescriptor(binary: Buffer): string {
  if (binary.length < HEADER_BYTES || binary[0] !== 1) {
    throw new StoreError('FileInvalidPermission');
  }
  const control = binary.readUInt16LE(2);
  const [owner, group, sacl, dacl] = [4, 8, 12, 16].map((field) => binary.readUInt32LE(field));
  let sddl = owner ? `O:${readSid(binary, owner)}` : '';
  sddl += group ? `G:${readSid(binary, group)}` : '';
  sddl += dacl ? `D:${aclFlagsOf('D', control)}${readAcl(binary, dacl)}` : '';
  return sddl + (sacl ? `S:${aclFlagsOf('S', control)}${readAcl(binary, sacl)}` : '');
}

function aclFlagsOf(kind: 'D' | 'S', control: number): string {
  return [...ACL_FLAGS[kind].flags].map(([word, bit]) => ((control & bit) === 0 ? '' : word)).join('');
}

function readAcl(binary: Buffer, at: number): string {
  const count = binary.readUInt16LE(at + 4);
  let offset = at + 8;
  let text = '';
  for (let index = 0; index < count; index += 1) {
    const type = wordFor(ACE_TYPES, binary.readUInt8(offset));
    if (type === undefined) {
      throw new StoreError('CannotConvertToSddlDueToCustomAce');
    }
    const bits = binary.readUInt8(offset + 1);
    const flags = [...ACE_FLAGS].map(([word, bit]) => ((bits & bit) === 0 ? '' : word)).join('');
    const mask = binary.readUInt32LE(offset + 4);
    const rights = wordFor(RIGHTS, mask) ?? `0x${mask.toString(16)}`;
    text += `(${type};${flags};${rights};;;${readSid(binary, offset + 8)})`;
    offset += binary.readUInt16LE(offset + 2);
  }
  return text;
}

function readSid(binary: Buffer, at: number): string {
  const count = binary.readUInt8(at + 1);
  const authority = binary.readUIntBE(at + 2, 6);
  const parts = Array.from({ length: count }, (_, index) => binary.readUInt32LE(at + 8 + index * 4));
  const sid = ['S', binary.readUInt8(at), authority, ...parts].join('-');
  for (const [word, known] of SIDS) {
    if (known === sid) {
      return word;
    }
  }
  return sid;
}

const SECTIONS =
  /^(?:O:([A-Za-z0-9-]+?))?(?:G:([A-Za-z0-9-]+?))?(?:D:([A-Z_]*(?:\([^()]*\))*))?(?:S:([A-Z_]*(?:\([^()]*\))*))?$/;

function parseSddl(sddl: string): Descriptor {
  // A parenthesis inside an entry is a condition or a resource attribute.
  if (/\([^()]*\(/.test(sddl)) {
    throw new StoreError('CannotConvertToSddlDueToCustomAce');
  }
  const match = SECTIONS.exec(sddl);
  if (match === null || sddl === '') {
    throw new StoreError('FileInvalidPermission');
  }
  const [, owner, group, dacl, sacl] = match;
  return {
    owner: owner === undefined ? undefined : sidOf(owner),
    group: group === undefined ? undefined : sidOf(group),
    dacl: dacl === undefined ? undefined : aclOf('D', dacl),
    sacl: sacl === undefined ? undefined : aclOf('S', sacl),
  };
}

function aclOf(kind: 'D' | 'S', text: string): Acl {
  const open = text.indexOf('(');
  const words = open < 0 ? text : text.slice(0, open);
  const control = ACL_FLAGS[kind].present | sumOf(words, ACL_FLAGS[kind].flags);
  const aces = [...text.matchAll(/\(([^()]*)\)/g)].map(([, entry = '']) => aceOf(entry));
  return { control, aces };
}

type AceParts = [type: string, flags: string, rights: string, object: string, inherited: string, account: string];

function aceOf(entry: string): Ace {
  const parts = entry.split(';');
  const [type, flags, rights, object, inherited, account] = Array.from(
    { length: 6 },
    (_, at) => parts[at] ?? '',
  ) as AceParts;
  const number = ACE_TYPES.get(type);
  if (number === undefined || object !== '' || inherited !== '' || parts.length > 6) {
    throw new StoreError(/^[OX]/.test(type) ? 'CannotConvertToSddlDueToCustomAce' : 'FileInvalidPermission');
  }
  const mask = /^(?:0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(rights) ? Number(rights) : sumOf(rights, RIGHTS);
  return { type: number, flags: sumOf(flags, ACE_FLAGS), mask: mask >>> 0, sid: sidOf(account) };
}

/** Bits of words that stand without separator, longest first. */
function sumOf(text: string, words: ReadonlyMap<string, number>): number {
  let bits = 0;
  let at = 0;
  while (at < text.length) {
    const word = words.has(text.slice(at, at + 2)) ? text.slice(at, at + 2) : text.slice(at, at + 1);
    const bit = words.get(word);
    if (bit === undefined) {
      throw new StoreError('FileInvalidPermission');
    }
    bits |= bit;
    at += word.length;
  }
  return bits >>> 0;
}

function sidOf(text: string): string {
  const sid = SIDS.get(text.toUpperCase()) ?? text.toUpperCase();
  const [, authority = '', rest = ''] = /^S-1-(\d{1,14}|0X[0-9A-F]{1,12})((?:-\d{1,10}){0,15})$/.exec(sid) ?? [];
  if (authority === '' || rest.split('-').some((part) => Number(part) > 0xffff_ffff)) {
    throw new StoreError('FileInvalidPermission');
  }
  return sid;
}

function sidBytes(sid: string): Buffer {
  const [, , authority = '0', ...parts] = sid.split('-');
  const bytes = Buffer.alloc(8 + parts.length * 4);
  bytes[0] = 1;
  bytes[1] = parts.length;
  bytes.writeUIntBE(Number(authority) % 2 ** 48, 2, 6);
  parts.forEach((part, index) => bytes.writeUInt32LE(Number(part), 8 + index * 4));
  return bytes;
}

function aclBytes({ aces }: Acl): Buffer {
  const entries = aces.map(({ type, flags, mask, sid }) => {
    const account = sidBytes(sid);
    const head = Buffer.alloc(8);
    head[0] = type;
    head[1] = flags;
    head.writeUInt16LE(8 + account.length, 2);
    head.writeUInt32LE(mask, 4);
    return Buffer.concat([head, account]);
  });
  const header = Buffer.alloc(8);
  header[0] = ACL_REVISION;
  header.writeUInt16LE(8 + entries.reduce((sum, entry) => sum + entry.length, 0), 2);
  header.writeUInt16LE(entries.length, 4);
  return Buffer.concat([header, ...entries]);
}
