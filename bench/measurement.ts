/** What one program asked of the service in one step, as the emulator counted it. */
export interface Measurement {
  readonly seconds: number;
  /** By operation, both accounts together. */
  readonly requests: Readonly<Record<string, number>>;
  readonly bytesCopied: number;
  /** Most resident memory of the program and its children, MiB. */
  readonly peakMebibytes: number;
  /** Farshare's own report, in which other programs' requests are not; AzCopy has none. */
  readonly reported: { readonly total: number; readonly floor: number } | undefined;
}

export const totalOf = ({ requests }: Measurement): number => Object.values(requests).reduce((sum, n) => sum + n, 0);

/** One program over the rounds of one step. */
export interface Measured {
  readonly program: string;
  readonly rounds: readonly Measurement[];
}

export interface Step {
  readonly title: string;
  readonly programs: readonly Measured[];
}

export interface Judgement {
  readonly program: string;
  /** Against the source: `equal`, or how often what differs. */
  readonly verdict: string;
}

/** The middle one; of an even number the lower of the two. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
