import type { Logger } from 'pino';
import { BootletError, messageOf } from '../../errors.ts';
import type { FileSystemUsage } from '../../host/file-system.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import type { PodMeters } from '../stats/meters.ts';
import { type Candidate, candidatesOf } from './image-candidates.ts';
import { pinnedImages } from './pinned-images.ts';
import type { PulledImages } from './pulled-images.ts';

export interface ImageCollectorOptions {
  readonly store: Reader;
  readonly runtime: Pick<ContainerRuntime, 'images' | 'image' | 'removeImage' | 'dataRoot'>;
  readonly fileSystemOf: (path: string) => Promise<FileSystemUsage>;
  readonly pulled: PulledImages;
  /** Images that no manifest names and that stay all the same: the configured pause image. */
  readonly alsoNamed: readonly string[];
  readonly policy: { readonly highPercent: number; readonly lowPercent: number; readonly minAgeSeconds: number };
  readonly clock: Clock;
  readonly meters: PodMeters;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Removes images that bootlet itself pulled and nobody needs any more, when the disk they lie on fills up. */
export class ImageCollector {
  readonly #o: ImageCollectorOptions;
  readonly #lastUsed = new Map<string, number>();

  constructor(options: ImageCollectorOptions) {
    this.#o = options;
  }

  /**
   * Once the disk is used beyond the high threshold, removes images until it would be at the low one.
   * @throws BootletError E_IMAGE_GC when that cannot be reached
   */
  async collect(): Promise<void> {
    const { runtime, fileSystemOf, policy } = this.#o;
    const candidates = await this.#candidates();
    const { capacity, available } = await fileSystemOf(await runtime.dataRoot());
    if (capacity === 0) throw new BootletError('E_IMAGE_GC', 'invalid capacity 0 on image filesystem');
    const usedPercent = 100 - Math.trunc((Math.min(available, capacity) * 100) / capacity);
    if (usedPercent < policy.highPercent) return;
    const wanted = Math.trunc((capacity * (100 - policy.lowPercent)) / 100) - available;
    const freed = await this.#free(candidates, wanted);
    if (freed >= wanted) return;
    throw new BootletError(
      'E_IMAGE_GC',
      `Insufficient free disk space on the node's image filesystem (${usedPercent}% of ${gibibytes(capacity)} used). ` +
        `Failed to free sufficient space by deleting unused images (freed ${freed} bytes). ` +
        'Investigate disk usage, as it could be used by active images, logs, volumes, or other data.',
    );
  }

  /** Removes every image that may go, whatever room there is. */
  async collectAll(): Promise<void> {
    await this.#free(await this.#candidates(), Number.POSITIVE_INFINITY);
  }

  async #candidates(): Promise<readonly Candidate[]> {
    const { store, runtime, pulled, alsoNamed, policy, clock } = this.#o;
    const listed = await runtime.images();
    const ids = new Set(listed.map(({ id }) => id));
    await pulled.forget(({ id }) => !ids.has(id));
    const pinned = pinnedImages(store, alsoNamed);
    const now = clock.now();
    for (const id of pinned) if (ids.has(id)) this.#lastUsed.set(id, now);
    for (const id of this.#lastUsed.keys()) if (!ids.has(id)) this.#lastUsed.delete(id);
    const minAgeMs = policy.minAgeSeconds * 1000;
    return candidatesOf({ pulled: pulled.all, listed, pinned, lastUsed: this.#lastUsed, now, minAgeMs });
  }

  /** Bytes freed; one image that cannot be removed keeps no other. */
  async #free(candidates: readonly Candidate[], wanted: number): Promise<number> {
    const { store, alsoNamed, log } = this.#o;
    let freed = 0;
    for (const candidate of candidates) {
      if (freed >= wanted) break;
      // A manifest may have come meanwhile.
      const pinned = pinnedImages(store, alsoNamed);
      if (pinned.has(candidate.pulled.name) || pinned.has(candidate.pulled.id)) continue;
      try {
        freed += await this.#remove(candidate);
      } catch (error) {
        log.warn({ image: candidate.reference, error: messageOf(error) }, 'image was not removed');
      }
    }
    return freed;
  }

  async #remove({ pulled: { name, id }, reference, sizeBytes }: Candidate): Promise<number> {
    const { runtime, pulled, meters, log } = this.#o;
    await runtime.removeImage(reference);
    // Docker keeps what any container was made from, and what has another name.
    if ((await runtime.image(id)) !== undefined) return 0;
    await pulled.forget((image) => image.id === id);
    meters.imagesCollected.increment({ reason: 'space' });
    log.info({ image: name, id, sizeBytes }, 'unused image removed');
    return sizeBytes;
  }
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
