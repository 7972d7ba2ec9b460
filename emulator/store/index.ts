/** The state side of the emulator: accounts, shares, entries, content. Knows nothing of HTTP; the wire side enters here only. */
export { createStore } from './create-store.ts';
export { Crc64, crc64 } from './crc64.ts';
export { StoreError } from './errors.ts';
export { DEFAULT_SWITCHES } from './switches.ts';
export type { StoreErrorCode } from './errors.ts';
export type { Switches } from './switches.ts';
export type {
  ByteRange,
  Clock,
  ContentHeaders,
  DirectoryProperties,
  EntryRef,
  FileProperties,
  FileTime,
  LeaseProperties,
  Metadata,
  NfsProperties,
  PermissionFormat,
  ShareRef,
  SmbInput,
  Store,
  TreeRef,
} from './store.ts';
export type { AccessRight, OpenHandle, OpenHandleInput } from './store-handles.ts';
export type {
  AccessPolicy,
  Changed,
  LeaseTarget,
  ServiceProperties,
  ShareProperties,
  ShareSettings,
} from './store-shares.ts';
export type { EntriesPage, ListEntriesOptions, RenameInput } from './store-directories.ts';
export type { CopyInput, FileReader, Written } from './store-files.ts';
