import type { Stored } from '../store/stored.ts';

type Place = Stored<unknown>;

/** Lets go of what has been loaded and not used lately, so that memory stays within a budget. */
export class PageCache {
  /** What is loaded and its bytes, in the order in which it is looked at. */
  private readonly loaded = new Map<Place, number>();
  private readonly budgetBytes: number;
  private bytes = 0;

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
  }

  add(place: Place, bytes: number): void {
    this.forget(place);
    this.loaded.set(place, bytes);
    this.bytes += bytes;
    this.shrink();
  }

  forget(place: Place): void {
    this.bytes -= this.loaded.get(place) ?? 0;
    this.loaded.delete(place);
  }

  /** A second chance for what was used since it was looked at last. */
  private shrink(): void {
    for (const [place, bytes] of this.loaded) {
      if (this.bytes <= this.budgetBytes) {
        return;
      }
      this.loaded.delete(place);
      if (place.isRecent) {
        place.isRecent = false;
        this.loaded.set(place, bytes);
      } else {
        place.loaded = undefined;
        this.bytes -= bytes;
      }
    }
  }
}
