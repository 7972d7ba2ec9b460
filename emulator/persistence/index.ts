/** Keeps the state of the emulator in a folder. */
export { Location } from './location.ts';
export { LocationError } from './page-file.ts';
