/** The state side of the emulator: accounts, shares, entries, content. Knows nothing of HTTP; the wire side enters here only. */
export { createStore } from './create-store.ts';
export { crc64 } from './crc64.ts';
export { StoreError } from './errors.ts';
export { DEFAULT_SWITCHES } from './switches.ts';
export type { StoreErrorCode } from './errors.ts';
export type { Switches } from './switches.ts';
export type {
  ByteRange,
  Clock,
  ContentHeaders,
  CopyProperties,
  DirectoryProperties,
  EntryProperties,
  EntryRef,
  FileProperties,
  FileTime,
  LeaseProperties,
  Metadata,
  ShareRef,
  SmbInput,
  Store,
  StoreOptions,
  TreeRef,
} from './store.ts';
export type {
  AccessPolicy,
  Changed,
  LeaseAnswer,
  LeaseOperations,
  LeaseTarget,
  ListSharesOptions,
  PermissionOperations,
  ShareOperations,
  ShareProperties,
  ShareSettings,
  SnapshotOperations,
} from './store-shares.ts';
export type {
  DirectoryOperations,
  EntriesPage,
  ListEntriesOptions,
  RenameInput,
  TreeOperations,
  TreeSpec,
} from './store-directories.ts';
export type {
  CopyInput,
  CopyOperations,
  CreateFileInput,
  FileOperations,
  FileReader,
  ListRangesOptions,
  RangeList,
  SetFilePropertiesInput,
  WriteOptions,
  Written,
} from './store-files.ts';
