/** What one program asked of the service in one step, as the emulator counted it. */
export interface Measurement {
  readonly seconds: number;
  /** By operation, both accounts together. */
  readonly requests: Readonly<Record<string, number>>;
  readonly bytes: { readonly in: number; readonly out: number; readonly copied: number };
}

export interface Step {
  readonly title: string;
  readonly farshare: Measurement;
  readonly azcopy: Measurement | undefined;
  /** Farshare's own report of the step. */
  readonly reported: { readonly requests: number; readonly floor: number };
}

export interface Judgement {
  readonly program: string;
  /** Against the source: `equal`, or how often what differs. */
  readonly verdict: string;
}

export const totalOf = ({ requests }: Measurement): number => Object.values(requests).reduce((sum, n) => sum + n, 0);
