/** Trees of a share as literals, put into the emulator's store directly: seeding is no request and moves no counter. */
import type { FilesEmulator } from '../../emulator/index.ts';

type Store = FilesEmulator['store'];
export type SmbInput = NonNullable<Parameters<Store['directories']['create']>[1]>;
export type EntryRef = Parameters<Store['files']['getProperties']>[0];
type ContentHeaders = NonNullable<Parameters<Store['files']['create']>[1]['headers']>;

/** What a literal may say of an entry besides its content. */
export interface EntryLiteral extends SmbInput {
  readonly content?: string | Uint8Array;
  /** Sparse beyond the content. */
  readonly sizeBytes?: number;
  /** Written at these offsets of a sparse file. */
  readonly pieces?: Readonly<Record<number, string | Uint8Array>>;
  readonly headers?: ContentHeaders;
  /** SDDL of any length. */
  readonly sddl?: string;
}

/** Paths to contents. A path that ends with `/` is a directory; `/` is the root. Directories above are made as needed. */
export type TreeLiteral = Readonly<Record<string, string | Uint8Array | EntryLiteral>>;

export interface SharePlace {
  readonly account: string;
  readonly share: string;
}

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new Uint8Array(Buffer.from(content)) : content;

const isLiteral = (value: string | Uint8Array | EntryLiteral): value is EntryLiteral =>
  typeof value === 'object' && !(value instanceof Uint8Array);

/** Puts a tree into a share over what it holds; directories get their properties last, deepest first. */
export function writeTree(store: Store, place: SharePlace, tree: TreeLiteral): void {
  const entries = Object.entries(tree).map(([path, value]) => ({
    path: path.replace(/\/$/u, ''),
    isDirectory: path.endsWith('/'),
    literal: isLiteral(value) ? value : { content: value },
  }));
  for (const { path, isDirectory } of entries) makeDirectories(store, place, isDirectory ? path : parentOf(path));
  for (const { path, isDirectory, literal } of entries) if (!isDirectory) writeFile(store, place, path, literal);
  const directories = entries.filter(({ isDirectory }) => isDirectory);
  for (const { path, literal } of directories.toSorted((a, b) => depthOf(b.path) - depthOf(a.path))) {
    const ref = { ...place, path, allowTrailingDot: true };
    if (literal.metadata !== undefined) store.directories.setMetadata(ref, literal.metadata);
    store.directories.setProperties(ref, smbOf(store, place, literal));
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const depthOf = (path: string): number => (path === '' ? 0 : path.split('/').length);

function smbOf(store: Store, place: SharePlace, literal: EntryLiteral): SmbInput {
  const { content: _content, sizeBytes: _size, pieces: _pieces, headers: _headers, sddl, ...smb } = literal;
  if (sddl === undefined) return smb;
  return { ...smb, permissionKey: store.permissions.create(place, sddl).permissionKey };
}

function makeDirectories(store: Store, place: SharePlace, path: string): void {
  if (path === '') return;
  const ref = { ...place, path, allowTrailingDot: true };
  try {
    store.directories.getProperties(ref);
  } catch {
    makeDirectories(store, place, parentOf(path));
    store.directories.create(ref);
  }
}

function writeFile(store: Store, place: SharePlace, path: string, literal: EntryLiteral): void {
  const ref = { ...place, path, allowTrailingDot: true };
  const content = literal.content === undefined ? new Uint8Array() : bytesOf(literal.content);
  const smb = smbOf(store, place, literal);
  const { headers, metadata } = literal;
  const sizeBytes = literal.sizeBytes ?? content.length;
  store.files.create(ref, { headers, metadata, sizeBytes });
  if (content.length > 0) store.files.putRange(ref, 0, content);
  for (const [offset, piece] of Object.entries(literal.pieces ?? {})) {
    store.files.putRange(ref, Number(offset), bytesOf(piece));
  }
  store.files.setProperties(ref, { attributes: 'Archive', ...smb, headers });
}
