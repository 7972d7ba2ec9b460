// Azure Files REST service for local runs and tests: docs/emulator.md.
export { startFilesEmulator } from './start.ts';
export { DEFAULT_ACCOUNTS, DEFAULT_ACCOUNT_KEY, parseAccounts } from './accounts.ts';
export type { FilesEmulator, FilesEmulatorOptions } from './start.ts';
export type { Account } from './accounts.ts';
export type { Fault, FaultEffects } from './faults.ts';
export type { LogEntry } from './server.ts';
export type { StatsReport } from './stats.ts';
