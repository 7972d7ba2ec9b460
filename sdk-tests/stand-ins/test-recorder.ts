import { SETTING } from '../settings.ts';

/**
 * Stands in for `@azure-tools/test-recorder` when the JavaScript SDK's own tests run here: always live, nothing is
 * recorded. Names and meanings are the ones those tests import.
 */
export class Recorder {
  readonly #variables = new Map<string, string>();

  start = (): Promise<void> => Promise.resolve();
  stop = (): Promise<void> => Promise.resolve();
  addSanitizers = (): Promise<void> => Promise.resolve();
  addTransform = (): Promise<void> => Promise.resolve();
  setMatcher = (): Promise<void> => Promise.resolve();
  configureClientOptions = <T>(options: T): T => options;

  /** Keeps the first value of a name: what the real one does outside playback, which some tests lean on. */
  variable(name: string, value?: string): string {
    const known = this.#variables.get(name) ?? value;
    if (known === undefined) throw new Error(`The variable '${name}' has no value yet.`);
    this.#variables.set(name, known);
    return known;
  }
}

export const env = process.env;
export const isLiveMode = (): boolean => (process.env[SETTING.notLive] ?? '') === '';
export const isPlaybackMode = (): boolean => false;
export const isRecordMode = (): boolean => false;

/** Waits in earnest: leases expire by the clock. */
export const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

export function assertEnvironmentVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`The environment variable ${name} is missing.`);
  return value;
}
