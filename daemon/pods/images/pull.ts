import { BootletError } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Semaphore } from '../../reconcile/semaphore.ts';
import type { ContainerRuntime, ImageInfo, PullProgress, RegistryAuth } from '../../runtime/runtime.ts';

/** A pull that shows no progress for this long is given up (dockershim's image-pull-progress-deadline). */
const PROGRESS_DEADLINE_MS = 60_000;

export interface ImagePullerOptions {
  readonly runtime: Pick<ContainerRuntime, 'pull'>;
  readonly credentials: (reference: string) => Promise<RegistryAuth | undefined>;
  /** How many pulls at once: beyond a few they only share the uplink. */
  readonly limit: Semaphore;
  readonly clock: Clock;
}

/** Pulls images, one that several containers wait for only once at a time. */
export class ImagePuller {
  readonly #options: ImagePullerOptions;
  readonly #underWay = new Map<
    string,
    { readonly image: Promise<ImageInfo>; readonly listeners: Set<(message: string) => void> }
  >();

  constructor(options: ImagePullerOptions) {
    this.#options = options;
  }

  /** @throws BootletError E_IMAGE_PULL */
  async pull(reference: string, onProgress: (message: string) => void): Promise<ImageInfo> {
    const running = this.#underWay.get(reference) ?? this.#begin(reference);
    running.listeners.add(onProgress);
    try {
      return await running.image;
    } finally {
      running.listeners.delete(onProgress);
    }
  }

  #begin(reference: string) {
    const listeners = new Set<(message: string) => void>();
    const onProgress = (progress: PullProgress): void => {
      for (const tell of listeners) tell(describe(progress));
    };
    const image = this.#options.limit
      .run(() => this.#pull(reference, onProgress))
      .finally(() => this.#underWay.delete(reference));
    const running = { image, listeners };
    this.#underWay.set(reference, running);
    return running;
  }

  async #pull(reference: string, onProgress: (progress: PullProgress) => void): Promise<ImageInfo> {
    const { runtime, credentials, clock } = this.#options;
    const abort = new AbortController();
    const giveUp = (): void =>
      abort.abort(
        new BootletError(
          'E_IMAGE_PULL',
          `the pull of ${reference} made no progress for ${PROGRESS_DEADLINE_MS / 1000} s`,
        ),
      );
    let cancel = clock.setTimer(clock.now() + PROGRESS_DEADLINE_MS, giveUp);
    try {
      const auth = await credentials(reference);
      return await runtime.pull(
        reference,
        auth,
        (progress) => {
          onProgress(progress);
          cancel();
          cancel = clock.setTimer(clock.now() + PROGRESS_DEADLINE_MS, giveUp);
        },
        abort.signal,
      );
    } finally {
      cancel();
    }
  }
}

const describe = ({ downloadedBytes, totalBytes, message }: PullProgress): string => {
  if (totalBytes === 0) return message;
  const mebibytes = (bytes: number): string => (bytes / 1048576).toFixed(1);
  return `${message} ${mebibytes(downloadedBytes)} of ${mebibytes(totalBytes)} MiB`;
};
