import { ARCHIVE, DIRECTORY, formatAttributes } from './attributes.ts';
import { compareNames } from './collation.ts';
import type { Content } from './content.ts';
import { NO_METADATA } from './metadata.ts';
import { emptyTree, type Order, type Tree } from './ordered-map.ts';
import type {
  ContentHeaders,
  CopyProperties,
  DirectoryProperties,
  FileProperties,
  FileTime,
  LeaseProperties,
  Metadata,
  NfsProperties,
} from './store.ts';

/** What files and directories share. Nodes never change; a change makes a new node and new nodes up to the root. */
type NodeBase = {
  readonly name: string;
  readonly id: number;
  /** Number of the last change; shown as ETag. */
  readonly version: number;
  readonly lastModified: FileTime;
  readonly attributes: number;
  readonly permissionKey: string;
  readonly creationTime: FileTime;
  readonly lastAccessTime: FileTime;
  readonly lastWriteTime: FileTime;
  readonly changeTime: FileTime;
  readonly metadata: Metadata;
  /** POSIX properties in an NFS share, undefined in an SMB share. */
  readonly nfs: NfsProperties | undefined;
};

export type FileNode = NodeBase & {
  readonly kind: 'file';
  /** Differs whenever the content's history starts anew; List Ranges compares it. */
  readonly generation: number;
  readonly content: Content;
  readonly headers: ContentHeaders;
  readonly copy: CopyProperties | undefined;
};

export type DirectoryNode = NodeBase & { readonly kind: 'directory'; readonly children: Tree<EntryNode> };

export type EntryNode = FileNode | DirectoryNode;

export const BY_NAME: Order<string, EntryNode> = { keyOf: (node) => node.name, compare: compareNames };

/** Shared by all files without headers. */
export const NO_HEADERS: ContentHeaders = Object.freeze({});

/** What a file has that was created without headers; Set Properties without headers takes even that away [JST]. */
export const NEW_HEADERS: ContentHeaders = Object.freeze({ contentType: 'application/octet-stream' });

export const ROOT_ID = 0;

export type NewNode = {
  readonly name: string;
  readonly id: number;
  readonly version: number;
  readonly at: FileTime;
  readonly permissionKey: string;
  readonly nfs?: NfsProperties | undefined;
};

/** The text in memory of its own; a name cut out of a path would keep the whole path alive. */
export function ownText(text: string): string {
  return [text.slice(0, 1), text.slice(1)].join('');
}

export function newDirectory(node: NewNode): DirectoryNode {
  return {
    name: ownText(node.name),
    id: node.id,
    version: node.version,
    lastModified: node.at,
    attributes: DIRECTORY,
    permissionKey: node.permissionKey,
    creationTime: node.at,
    lastAccessTime: node.at,
    lastWriteTime: node.at,
    changeTime: node.at,
    metadata: NO_METADATA,
    nfs: node.nfs,
    kind: 'directory',
    children: emptyTree(),
  };
}

/** A new file starts a new generation, numbered by its version. */
export function newFile(node: NewNode, content: Content): FileNode {
  return {
    name: ownText(node.name),
    id: node.id,
    version: node.version,
    lastModified: node.at,
    attributes: ARCHIVE,
    permissionKey: node.permissionKey,
    creationTime: node.at,
    lastAccessTime: node.at,
    lastWriteTime: node.at,
    changeTime: node.at,
    metadata: NO_METADATA,
    nfs: node.nfs,
    kind: 'file',
    generation: node.version,
    content,
    headers: NEW_HEADERS,
    copy: undefined,
  };
}

/** `"0x8DE…"`, quotes included. */
export function formatEtag(version: number): string {
  return `"0x8DE${version.toString(16).toUpperCase().padStart(12, '0')}"`;
}

/** Twenty decimal digits, as the service's; the root is 0. */
export function formatId(id: number): string {
  return id === ROOT_ID ? '0' : `13835${String(id).padStart(15, '0')}`;
}

function entryPropertiesOf(node: EntryNode, parentId: number): Omit<DirectoryProperties, 'kind'> {
  return {
    name: node.name,
    fileId: formatId(node.id),
    parentId: formatId(parentId),
    etag: formatEtag(node.version),
    lastModified: node.lastModified,
    attributes: formatAttributes(node.attributes),
    permissionKey: node.permissionKey,
    creationTime: node.creationTime,
    lastAccessTime: node.lastAccessTime,
    lastWriteTime: node.lastWriteTime,
    changeTime: node.changeTime,
    metadata: node.metadata,
    nfs: node.nfs,
  };
}

export function directoryPropertiesOf(node: DirectoryNode, parentId: number): DirectoryProperties {
  return { kind: 'directory', ...entryPropertiesOf(node, parentId) };
}

export function filePropertiesOf(node: FileNode, parentId: number, lease: LeaseProperties): FileProperties {
  return {
    kind: 'file',
    ...entryPropertiesOf(node, parentId),
    sizeBytes: node.content.sizeBytes,
    headers: node.headers,
    copy: node.copy,
    lease,
  };
}
