/** Loads what lies at a location and keeps as much of it in memory as it sees fit. */
export type StoredSource = { load<T>(stored: Stored<T>): T };

/**
 * The place of something immutable that is kept outside memory: a part of a tree, or bytes. One object stands for one place,
 * so that a place is free once nothing at the location leads to it and its object is gone.
 */
export class Stored<T> {
  readonly id: number;
  /** Values of a tree, bytes of bytes. */
  readonly size: number;
  /** What was loaded; its source may let go of it at any time. */
  loaded: T | undefined;
  /** Used since its source last looked. */
  isRecent = true;
  private readonly source: StoredSource;

  constructor(place: { readonly id: number; readonly size: number; readonly source: StoredSource }, loaded?: T) {
    this.id = place.id;
    this.size = place.size;
    this.source = place.source;
    this.loaded = loaded;
  }

  get value(): T {
    this.isRecent = true;
    return this.loaded ?? this.source.load(this);
  }
}
