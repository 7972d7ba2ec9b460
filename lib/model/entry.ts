/**
 * Times of an entry as the service writes them: ISO 8601 UTC with seven fraction digits (100 ns). They stay strings from
 * the wire to the wire: a JavaScript Date would drop four digits, and equality is all that is asked of them.
 */
export interface EntryTimes {
  readonly creation: string;
  readonly lastWrite: string;
  readonly change: string;
}

interface EntryBase {
  /** The name within its directory, as stored (case preserved). `''` for the root directory. */
  readonly name: string;
  readonly times: EntryTimes;
  /** The service's own Last-Modified, in epoch milliseconds; the service shows whole seconds. */
  readonly lastModifiedMs: number;
  readonly etag: string;
  /** Sorted, joined with `|`, without duplicates: `Archive|Hidden`, `Directory`, `None`. */
  readonly attributes: string;
  /** Key of the permission in the entry's own share; never comparable between shares. */
  readonly permissionKey: string;
  /** Of an entry of a dated restore point: the dates that it is filed under. Of a file the newest alone. */
  readonly dates?: readonly string[];
}

export interface FileEntry extends EntryBase {
  readonly kind: 'file';
  readonly sizeBytes: number;
}

export interface DirectoryEntry extends EntryBase {
  readonly kind: 'directory';
}

export type Entry = FileEntry | DirectoryEntry;

/** The six HTTP headers that a file keeps. An absent one is not set. */
export interface HttpHeaders {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly contentMd5?: string;
  readonly contentDisposition?: string;
}

export type Metadata = Readonly<Record<string, string>>;

export interface CopyState {
  readonly id: string;
  readonly status: 'pending' | 'success' | 'aborted' | 'failed';
  readonly description?: string;
}

/** What HEAD on a file tells beyond its listing. */
export interface FileProperties extends FileEntry {
  readonly headers: HttpHeaders;
  readonly metadata: Metadata;
  readonly copy?: CopyState;
}

/** What GET on a directory tells beyond its listing. */
export interface DirectoryProperties extends DirectoryEntry {
  readonly metadata: Metadata;
}

/** Bytes `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A path inside a share: components joined with `/`, no leading slash; `''` is the root. */
export type SharePath = string;

export const joinPath = (directory: SharePath, name: string): SharePath =>
  directory === '' ? name : name === '' ? directory : `${directory}/${name}`;

/** The directory that holds `path`; the root's parent is the root. */
export const parentPath = (path: SharePath): SharePath => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export const baseName = (path: SharePath): string => path.slice(path.lastIndexOf('/') + 1);

/** How deep a path is: 0 for the root, 1 for its children. */
export const pathDepth = (path: SharePath): number => (path === '' ? 0 : path.split('/').length);
