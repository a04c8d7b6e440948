import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { type FolderUsage, folderUsage } from '../../host/folder-usage.ts';
import { namesIn, unlessMissing } from '../../host/missing.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { Semaphore } from '../../reconcile/semaphore.ts';

/** How old an answer may be, ms: the kubelet's volumeStatsAggPeriod. */
const FRESH_MS = 60_000;
/** A folder with more files than this is not counted out. */
const MOST_FILES = 200_000;
const LOOKS_AT_ONCE = 4;

/** What folders of pods take on the disk, remembered for a minute: counting is a walk through all their files. */
export class DiskUsage {
  readonly #clock: Clock;
  readonly #limit = new Semaphore(LOOKS_AT_ONCE);
  readonly #known = new Map<string, { readonly at: number; readonly usage: Promise<FolderUsage | undefined> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined when it is not there, cannot be read, or holds too many files to be counted. */
  folder(path: string): Promise<FolderUsage | undefined> {
    return this.#remembered(path, () => folderUsage(path, MOST_FILES));
  }

  /** A log with the older files that its rotation left beside it (`PATH.1`, …). */
  log(path: string): Promise<FolderUsage | undefined> {
    return this.#remembered(path, () => logUsage(path));
  }

  #remembered(path: string, look: () => Promise<FolderUsage | undefined>): Promise<FolderUsage | undefined> {
    const now = this.#clock.now();
    for (const [key, { at }] of this.#known) if (now - at >= FRESH_MS || at > now) this.#known.delete(key);
    const known = this.#known.get(path);
    if (known !== undefined) return known.usage;
    const usage = this.#limit.run(look).catch((error: unknown) => {
      // What cannot be counted is unknown, and keeps nobody from knowing the rest; the next who asks tries again.
      this.#known.delete(path);
      if (systemCodeOf(error) === undefined) throw error;
      return undefined;
    });
    this.#known.set(path, { at: now, usage });
    return usage;
  }
}

const logUsage = async (path: string): Promise<FolderUsage> => {
  const folder = dirname(path);
  const files = (await namesIn(folder)).map((name) => `${folder}/${name}`);
  const sizes = await Promise.all(
    files.filter((file) => file === path || file.startsWith(`${path}.`)).map((file) => sizeOf(file)),
  );
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), inodes: sizes.length };
};

const sizeOf = async (path: string): Promise<number> => ((await unlessMissing(stat(path)))?.blocks ?? 0) * 512;
