import type { Entry } from '../model/index.ts';

/** What a listing shows of an entry and both sides of a backup must have alike. `facetsOf` answers in this order. */
export const facetNames = [
  'kind',
  'name',
  'size',
  'LastWriteTime',
  'CreationTime',
  'ChangeTime',
  'attributes',
] as const;

export interface FacetRules {
  /** False where the destination does not keep ChangeTime as sent. */
  readonly compareChangeTime: boolean;
}

export const facetsOf = (entry: Entry, { compareChangeTime }: FacetRules): readonly (string | number)[] => [
  entry.kind,
  entry.name,
  entry.kind === 'file' ? entry.sizeBytes : 0,
  entry.times.lastWrite,
  entry.times.creation,
  compareChangeTime ? entry.times.change : '',
  entry.attributes,
];

/** 32 bytes, evenly spread. */
export type TextHash = (text: string) => Uint8Array;

const lanes = 8;

/**
 * Stands for the entries of one directory in whatever order they come: two listings have the same value only if they hold the
 * same entries with the same facets, each as often. It is the sum of a hash per entry, in eight lanes modulo 2^32, so that an
 * entry listed twice does not cancel itself out.
 */
export class ListingDigest {
  readonly #hash: TextHash;
  readonly #rules: FacetRules;
  readonly #sum = new Uint32Array(lanes);

  constructor(hash: TextHash, rules: FacetRules) {
    this.#hash = hash;
    this.#rules = rules;
  }

  add(entry: Entry): void {
    // No facet holds a slash.
    const bytes = this.#hash(facetsOf(entry, this.#rules).join('/'));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let lane = 0; lane < lanes; lane += 1) {
      // The array keeps the low 32 bits.
      this.#sum[lane] = (this.#sum[lane] ?? 0) + view.getUint32(lane * 4);
    }
  }

  /** 64 hexadecimal digits. */
  get value(): string {
    return [...this.#sum].map((lane) => lane.toString(16).padStart(8, '0')).join('');
  }
}
