import { DIRECTORY, parseAttributes } from './attributes.ts';
import { StoreError } from './errors.ts';
import { withNfs } from './nfs.ts';
import type { EntryNode } from './nodes.ts';
import type { PermissionTable } from './permission-table.ts';
import type { FileTime, SmbInput } from './store.ts';
import { parseFileTime } from './times.ts';

export type SmbContext = {
  readonly permissions: PermissionTable;
  /** Permission key of the directory that holds the entry, for `inherit`. */
  readonly parentKey: string;
  /** The moment of the operation: what `now` means, and the ChangeTime unless one is sent. */
  readonly at: FileTime;
  /** Switch changeTimeIsSettable. */
  readonly changeTimeIsSettable: boolean;
};

const isWord = (value: string, word: string): boolean => value.toLowerCase() === word;

/** The entry with the SMB properties that were sent; those left out stay, ChangeTime moves. */
export function withSmb<N extends EntryNode>(node: N, input: SmbInput, context: SmbContext): N {
  const { at } = context;
  if (node.nfs !== undefined) {
    refuseSmbOnly(input);
  }
  const sentChange = context.changeTimeIsSettable ? input.changeTime : undefined;
  return {
    ...node,
    attributes: attributesOf(node, input.attributes),
    permissionKey: permissionKeyOf(node, input, context),
    nfs: withNfs(node.nfs, input),
    creationTime: timeOf(input.creationTime, node.creationTime, at),
    lastWriteTime: timeOf(input.lastWriteTime, node.lastWriteTime, at),
    changeTime: sentChange === undefined ? at : timeOf(sentChange, node.changeTime, at),
  };
}

/** Attributes and security descriptors are SMB's; an NFS share has modes and owners instead. */
function refuseSmbOnly({ attributes, permission, permissionKey }: SmbInput): void {
  if (attributes !== undefined || permission !== undefined || permissionKey !== undefined) {
    throw new StoreError('UnsupportedHeader', 'Attributes and permissions belong to SMB shares.');
  }
}

function attributesOf(node: EntryNode, sent: string | undefined): number {
  if (sent === undefined || isWord(sent, 'preserve')) {
    return node.attributes;
  }
  const attributes = parseAttributes(sent);
  if (node.kind === 'directory') {
    return attributes | DIRECTORY;
  }
  if ((attributes & DIRECTORY) !== 0) {
    throw new StoreError('InvalidHeaderValue', 'A file cannot have the attribute Directory.');
  }
  return attributes;
}

function timeOf(sent: string | undefined, current: FileTime, at: FileTime): FileTime {
  if (sent === undefined || isWord(sent, 'preserve')) {
    return current;
  }
  return isWord(sent, 'now') ? at : parseFileTime(sent);
}

function permissionKeyOf(node: EntryNode, input: SmbInput, context: SmbContext): string {
  const { permission, permissionKey } = input;
  if (permission !== undefined && permissionKey !== undefined) {
    throw new StoreError('InvalidHeaderValue', 'A permission and a permission key exclude each other.');
  }
  if (permissionKey !== undefined) {
    context.permissions.permissionOf(permissionKey);
    return permissionKey;
  }
  if (permission === undefined || isWord(permission, 'preserve')) {
    return node.permissionKey;
  }
  return isWord(permission, 'inherit')
    ? context.parentKey
    : context.permissions.keyForHeader(permission, input.permissionFormat);
}
