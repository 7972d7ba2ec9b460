/** Everything Farshare needs, on one machine: Azurite, the Files emulator and a functions host, each its own process. */
export { startStack } from './stack.ts';
export type { Stack, StackOptions } from './stack.ts';
export { freePorts } from './ports.ts';
export { readLocalFolder } from './local-folder.ts';
export type { LocalFolder } from './local-folder.ts';
export { attributesOf, fileClient, seedShare } from './seed-share.ts';
export { inParallel } from './in-parallel.ts';
export { projectRoot } from './services.ts';
