import { StateFile } from '../../host/state-file.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { wholeName } from '../../runtime/image-reference.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';

/** An image that bootlet brought to this host by a pull. */
export interface PulledImage {
  /** The whole name it was pulled by. */
  readonly name: string;
  readonly id: string;
  /** ms since the epoch */
  readonly pulledAt: number;
}

const isPulledImage = (value: unknown): value is PulledImage =>
  typeof value === 'object' &&
  value !== null &&
  ['name', 'id'].every((key) => typeof Reflect.get(value, key) === 'string') &&
  typeof Reflect.get(value, 'pulledAt') === 'number';

/**
 * The images that bootlet itself pulled, on disk: only those may be collected. An image is noted after its pull and
 * forgotten before its removal or right after it was loaded from an archive: a cut in between leaves an image that
 * nobody collects, never one that is collected though it is someone's.
 */
export class PulledImages {
  readonly #file: StateFile<readonly PulledImage[]>;
  #images: readonly PulledImage[] = [];

  constructor(path: string) {
    this.#file = new StateFile({
      path,
      parse: (json) => (Array.isArray(json) && json.every(isPulledImage) ? json : undefined),
      withoutIt: 'images pulled until now are then never collected',
    });
  }

  get all(): readonly PulledImage[] {
    return this.#images;
  }

  /** @throws BootletError E_STATE_BROKEN; then none counts as pulled */
  async load(): Promise<void> {
    this.#images = (await this.#file.load()) ?? [];
  }

  async note(image: PulledImage): Promise<void> {
    const others = this.#images.filter(({ name, id }) => name !== image.name || id !== image.id);
    await this.#replace([...others, image]);
  }

  async forget(isGone: (image: PulledImage) => boolean): Promise<void> {
    const left = this.#images.filter((image) => !isGone(image));
    if (left.length !== this.#images.length) await this.#replace(left);
  }

  async #replace(images: readonly PulledImage[]): Promise<void> {
    this.#images = images;
    await this.#file.save(images);
  }
}

type Images = Pick<ContainerRuntime, 'image' | 'pull' | 'loadImages'>;

/** A runtime that notes what it pulls. What was on the host before the pull, or is loaded from an archive, is not ours to remove. */
export const notingPulls = (runtime: Images, pulled: PulledImages, clock: Clock): Omit<Images, 'image'> => ({
  async pull(reference, ...rest) {
    const before = await runtime.image(reference);
    const image = await runtime.pull(reference, ...rest);
    if (image.id !== before?.id) await pulled.note({ name: wholeName(reference), id: image.id, pulledAt: clock.now() });
    return image;
  },
  async loadImages(archive, signal) {
    const references = await runtime.loadImages(archive, signal);
    const loaded = new Set(references.map(wholeName));
    await pulled.forget(({ name, id }) => loaded.has(name) || loaded.has(id));
    return references;
  },
});
