/** A tree as the emulator's store has it, entry by entry: what two trees are compared by, without the engine and without the wire. */
import { createHash } from 'node:crypto';
import type { FilesEmulator } from '../../../emulator/index.ts';
import type { SharePlace } from '../engine-tree.ts';

type Store = FilesEmulator['store'];

/** All that is to be equal, as text. */
export type EntryImage = Readonly<Record<string, string>>;
/** By exact path, relative to the directory; the directory itself is `''`. */
export type TreeImage = ReadonlyMap<string, EntryImage>;

export interface ImagePlace extends SharePlace {
  readonly snapshot?: string | undefined;
  /** Without slashes at its ends. */
  readonly directory?: string;
}

export function readTree(store: Store, place: ImagePlace): TreeImage {
  const image = new Map<string, EntryImage>();
  const at = (path: string) => ({
    account: place.account,
    share: place.share,
    ...(place.snapshot === undefined ? {} : { snapshot: place.snapshot }),
    path: [place.directory ?? '', path].filter((part) => part !== '').join('/'),
    allowTrailingDot: true,
  });
  // Keys are those of the live share, also in a snapshot.
  const live = { account: place.account, share: place.share };
  const sddlOf = (permissionKey: string) => store.permissions.get(live, permissionKey).permission;
  const walk = (path: string): void => {
    image.set(path, directoryImage(store.directories.getProperties(at(path)), sddlOf));
    let marker = '';
    do {
      const page = store.directories.list(at(path), { marker });
      for (const { name, kind } of page.entries) {
        const child = path === '' ? name : `${path}/${name}`;
        if (kind === 'directory') walk(child);
        else image.set(child, fileImage(store, at(child), sddlOf));
      }
      marker = page.nextMarker;
    } while (marker !== '');
  };
  walk('');
  return image;
}

type Common = Pick<
  ReturnType<Store['directories']['getProperties']>,
  'attributes' | 'creationTime' | 'lastWriteTime' | 'changeTime' | 'permissionKey' | 'metadata'
>;

const commonImage = (of: Common, sddlOf: (key: string) => string): Record<string, string> => ({
  attributes: of.attributes,
  creationTime: of.creationTime,
  lastWriteTime: of.lastWriteTime,
  changeTime: of.changeTime,
  permission: sddlOf(of.permissionKey),
  metadata: inOrder(of.metadata),
});

const directoryImage = (of: Common, sddlOf: (key: string) => string): EntryImage => ({
  kind: 'directory',
  ...commonImage(of, sddlOf),
});

type FileRef = Parameters<Store['files']['open']>[0];

function fileImage(store: Store, ref: FileRef, sddlOf: (key: string) => string) {
  const reader = store.files.open(ref);
  const { properties } = reader;
  return {
    kind: 'file',
    ...commonImage(properties, sddlOf),
    headers: inOrder(properties.headers),
    size: String(properties.sizeBytes),
    content: contentOf(store, ref, reader),
    copy: properties.copy?.status === 'success' ? '' : (properties.copy?.status ?? ''),
  };
}

const inOrder = (record: object): string =>
  JSON.stringify(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

const piece = 1024 * 1024;
const zeros = Buffer.alloc(piece);

/** Holes and zeros are the same content; most of a large file is a hole, and is not read. */
function contentOf(store: Store, ref: FileRef, reader: ReturnType<Store['files']['open']>): string {
  const { sizeBytes } = reader.properties;
  const written = sizeBytes > piece ? store.files.listRanges(ref).ranges : [{ start: 0, end: sizeBytes }];
  const hash = createHash('sha256');
  for (let start = 0; start < sizeBytes; start += piece) {
    if (!written.some((range) => range.start < start + piece && range.end > start)) continue;
    const bytes = reader.read(start, Math.min(sizeBytes, start + piece));
    if (zeros.compare(bytes, 0, bytes.length, 0, bytes.length) === 0) continue;
    hash.update(`${start} `).update(bytes);
  }
  return hash.digest('base64');
}

/** How a line ends about what only the right side has. */
export const onlyRight = 'is only on the right';

/** What differs, a line each, `left` named first. Empty = equal. */
export function differencesOf(left: TreeImage, right: TreeImage, ignore: readonly string[] = []): string[] {
  const lines: string[] = [];
  for (const path of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(path), right.get(path)];
    if (a === undefined || b === undefined) {
      lines.push(`${JSON.stringify(path)} ${a === undefined ? onlyRight : 'is only on the left'}`);
      continue;
    }
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      if (a[name] === b[name] || ignore.includes(name)) continue;
      lines.push(`${JSON.stringify(path)}: ${name} is ${shortened(a[name])} and ${shortened(b[name])}`);
    }
  }
  return lines;
}

const shortened = (text: string | undefined): string => (text === undefined ? 'not there' : text.slice(0, 120));
