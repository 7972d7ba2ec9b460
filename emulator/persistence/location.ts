import { PermissionTable } from '../store/permission-table.ts';
import type { ShareState } from '../store/state.ts';
import type { SavedState, StateKeeper } from '../store/state-keeper.ts';
import { PageFile } from './page-file.ts';
import { FIRST_FREE_KIND, type Instances, PageStore, type PageWriter, unknownKind } from './page-store.ts';

/** After the first change the state is kept within this time and the time that takes; together far below a second. */
const COMMIT_AFTER_MS = 200;
/** So much unkept content does not wait. */
const COMMIT_AT_BYTES = 32 * 2 ** 20;
/** Pages freed with one commit, so that deleting a large share delays nobody. */
const MOST_FREED = 2000;
const CACHE_BYTES = 128 * 2 ** 20;

const SHARE_KIND = FIRST_FREE_KIND;
const PERMISSIONS_KIND = FIRST_FREE_KIND + 1;

export type LocationOptions = {
  /** Told once when the state could not be kept; from then on every operation is refused. */
  readonly onFailure: (error: unknown) => void;
  /** Memory for what is loaded, bytes. */
  readonly cacheBytes?: number | undefined;
};

type SharePage = { readonly id: number; readonly body: Uint8Array };

/**
 * Keeps the state in a folder: whole or not at all, at most the last second missing. What did not change is not written
 * again, for the trees share it; what is not used is not loaded.
 */
export class Location implements StateKeeper {
  readonly restored: SavedState | undefined;
  private readonly file: PageFile;
  private readonly pages: PageStore;
  private readonly onFailure: LocationOptions['onFailure'];
  private readonly touched = new Set<ShareState>();
  private readonly sharePages = new WeakMap<ShareState, SharePage>();
  /** Pages that nothing leads to and that are not freed yet. */
  private readonly unreferenced: Set<number>;
  private rootLinks: readonly number[] = [];
  private rootBody: Uint8Array = Buffer.alloc(0);
  private read: (() => SavedState) | undefined;
  private timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  private unkeptBytes = 0;
  private failure: Error | undefined;

  /** Opens the folder, made when missing. @throws LocationError if it is in use or not an emulator's */
  constructor(folder: string, options: LocationOptions) {
    this.file = new PageFile(folder);
    this.onFailure = options.onFailure;
    const instances: Instances = {
      describe: (value, writer) => this.described(value, writer),
      revive: (kind, data) => this.revived(kind, data),
    };
    this.pages = new PageStore(this.file, instances, options.cacheBytes ?? CACHE_BYTES);
    this.unreferenced = new Set(this.file.unreferenced());
    this.restored = this.loadedState();
  }

  attach(read: () => SavedState): void {
    this.read = read;
  }

  touch(share?: ShareState): void {
    if (this.failure !== undefined) {
      throw this.failure;
    }
    if (share !== undefined) {
      this.touched.add(share);
    }
    this.timer ??= setTimeout(() => this.keep(), COMMIT_AFTER_MS).unref();
  }

  wrote(bytes: number): void {
    const before = this.unkeptBytes;
    this.unkeptBytes += bytes;
    if (before < COMMIT_AT_BYTES && this.unkeptBytes >= COMMIT_AT_BYTES) {
      setImmediate(() => this.keep());
    }
  }

  flush(): void {
    this.keep();
  }

  /** Keeps the state for the last time. */
  close(): void {
    this.keep();
    clearTimeout(this.timer as NodeJS.Timeout | undefined);
    this.failure ??= new Error('The location is closed.');
    this.file.close();
  }

  private keep(): void {
    clearTimeout(this.timer as NodeJS.Timeout | undefined);
    this.timer = undefined;
    if (this.read === undefined || this.failure !== undefined) {
      return;
    }
    try {
      this.file.begin();
      this.write(this.read());
      const isMoreToFree = this.free();
      this.file.commit();
      this.touched.clear();
      this.unkeptBytes = 0;
      if (isMoreToFree) {
        this.timer = setTimeout(() => this.keep(), COMMIT_AFTER_MS).unref();
      }
    } catch (error) {
      // What was written is in memory by its place only, and the place is gone with the transaction.
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.file.rollback();
      this.onFailure(error);
    }
  }

  private write(state: SavedState): void {
    const writer = this.pages.newWriter();
    const root = writer.encode(state);
    if (Buffer.compare(root.body, this.rootBody) !== 0) {
      writer.referAll(root.links, 1);
      writer.referAll(this.rootLinks, -1);
      this.file.setRoot(root);
      this.rootBody = root.body;
      this.rootLinks = root.links;
    }
    for (const [id, difference] of writer.differences) {
      if (difference !== 0) {
        this.refer(id, difference);
      }
    }
  }

  private loadedState(): SavedState | undefined {
    const root = this.file.root();
    if (root === undefined) {
      return undefined;
    }
    this.rootLinks = root.links;
    this.rootBody = root.body;
    return this.pages.decode(root.body) as SavedState;
  }

  private described(value: object, writer: PageWriter): ReturnType<Instances['describe']> {
    if (value instanceof PermissionTable) {
      return { kind: PERMISSIONS_KIND, data: value.toData() };
    }
    if ('permissions' in value && value.permissions instanceof PermissionTable) {
      const id = this.storedShare(value as ShareState, writer);
      return { kind: SHARE_KIND, data: id, link: id };
    }
    return undefined;
  }

  private revived(kind: number, data: unknown): unknown {
    switch (kind) {
      case PERMISSIONS_KIND:
        return PermissionTable.fromData(data as ReturnType<PermissionTable['toData']>);
      case SHARE_KIND:
        return this.loadedShare(data as number);
      default:
        return unknownKind(kind);
    }
  }

  /** A share has a page of its own, written when an operation touched it and something came of it. */
  private storedShare(share: ShareState, writer: PageWriter): number {
    const known = this.sharePages.get(share);
    if (known !== undefined && !this.touched.has(share)) {
      return known.id;
    }
    const page = writer.encode(Object.entries({ ...share, handles: new Map() }));
    if (known !== undefined && Buffer.compare(page.body, known.body) === 0) {
      return known.id;
    }
    const id = writer.add(page);
    this.sharePages.set(share, { id, body: page.body });
    return id;
  }

  private loadedShare(id: number): ShareState {
    const body = this.file.read(id);
    const share = Object.fromEntries(this.pages.decode(body) as [string, unknown][]) as ShareState;
    this.sharePages.set(share, { id, body });
    return share;
  }

  private refer(id: number, difference: number): void {
    if (this.file.refer(id, difference)) {
      this.unreferenced.add(id);
      this.pages.release(id);
    } else {
      this.unreferenced.delete(id);
    }
  }

  /** Frees pages that nothing leads to and nobody reads any more. Answers whether there are more. */
  private free(): boolean {
    let freed = 0;
    for (const id of this.unreferenced) {
      if (freed === MOST_FREED) {
        return true;
      }
      if (!this.pages.isInMemory(id)) {
        this.unreferenced.delete(id);
        this.file.remove(id).forEach((link) => this.refer(link, -1));
        freed += 1;
      }
    }
    return false;
  }
}
