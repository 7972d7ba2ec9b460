/** Where a dated restore point has the version of an unchanged file: which run filed it, and so under which date, is not stored. */
import type { FileProperties, Sample } from '../model/index.ts';
import { joinPath } from '../model/index.ts';
import type { verifyingPorts } from './content-comparison.ts';
import { dateFor, isDate, versionDifference } from './dated-versions.ts';
import { fileAt } from './entry-steps.ts';
import { ListingReader } from './listing-reader.ts';
import type { SharePort } from './ports.ts';
import type { ShardSession } from './shard-session.ts';

export class VersionSeeker {
  readonly #session: ShardSession;
  readonly #point: SharePort;
  #dates: Promise<readonly string[]> | undefined;

  constructor(session: ShardSession, { point }: ReturnType<typeof verifyingPorts>) {
    this.#session = session;
    this.#point = point;
  }

  /**
   * The first version that equals the file in all that listings show, or the next one after that under `into`; undefined when
   * there is none. One request, where files go by the date of their LastWriteTime; else one for each date tried.
   */
  async find({ seek, into: tried, ...file }: Sample): Promise<Sample | undefined> {
    const { run } = this.#session;
    const { lastWrite, change, sizeBytes } = file;
    const source = {
      sizeBytes,
      times: { creation: seek?.creation ?? '', lastWrite, change },
      attributes: seek?.attributes ?? '',
    };
    let isAfter = tried === undefined;
    for await (const date of this.#candidates(file)) {
      if (!isAfter) {
        isAfter = date === tried;
        continue;
      }
      const held = await this.#versionAt(joinPath(date, file.path));
      if (held !== undefined && versionDifference(source, held, run.compareChangeTime) === undefined)
        return { ...file, seek, into: date };
    }
    return undefined;
  }

  /**
   * First the date of its LastWriteTime, if files go by that. Else, and where that was no date to go by, the first run that came
   * after the file's last change, or that copied everything, has filed it; what clients set ChangeTime to may mislead, so that
   * all others follow.
   */
  async *#candidates({ lastWrite, change }: Sample): AsyncGenerator<string> {
    const { run } = this.#session;
    const byTime = dateFor(run, lastWrite);
    const goesByTime = byTime === lastWrite.slice(0, 10);
    if (goesByTime) yield byTime;
    this.#dates ??= this.#listDates();
    const others = (await this.#dates).filter((date) => !goesByTime || date !== byTime);
    const changed = change.slice(0, 10);
    const since = run.allCopiedOn !== undefined && run.allCopiedOn > changed ? run.allCopiedOn : changed;
    yield* others.filter((date) => date >= since);
    yield* others.filter((date) => date < since).toReversed();
  }

  async #listDates(): Promise<readonly string[]> {
    const { destination, restorePoint } = this.#session.run;
    const options = { snapshot: restorePoint, wanted: true, resume: undefined, ordered: false };
    const dates: string[] = [];
    for await (const entries of new ListingReader(this.#point, destination.path, options).pages()) {
      dates.push(...entries.filter(isDate).map(({ name }) => name));
    }
    return dates.toSorted();
  }

  #versionAt(path: string): Promise<FileProperties | undefined> {
    const { destination, restorePoint } = this.#session.run;
    return fileAt(this.#point, joinPath(destination.path, path), restorePoint);
  }
}
