import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BootletError, systemCodeOf } from '../../errors.ts';
import { writeFileAtomically } from '../../host/atomic-file.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { imageName, parseImageReference } from '../../runtime/image-reference.ts';
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

/** An image's whole name; an id is left as it is. */
export const wholeName = (reference: string): string =>
  reference.startsWith('sha256:') ? reference : imageName(parseImageReference(reference));

/**
 * The images that bootlet itself pulled, on disk: only those may be collected. An image is noted after its pull and
 * forgotten before its removal or right after it was loaded from an archive: a cut in between leaves an image that
 * nobody collects, never one that is collected though it is someone's.
 */
export class PulledImages {
  readonly #file: string;
  #images: readonly PulledImage[] = [];
  #write: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  get all(): readonly PulledImage[] {
    return this.#images;
  }

  /** @throws BootletError E_STATE_BROKEN; then none counts as pulled */
  async load(): Promise<void> {
    try {
      const list: unknown = JSON.parse(await readFile(this.#file, 'utf8'));
      if (!Array.isArray(list) || !list.every(isPulledImage)) throw new TypeError('not a list of images');
      this.#images = list;
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return;
      throw new BootletError('E_STATE_BROKEN', `${this.#file} cannot be read`, {
        cause: error,
        hint: `remove ${this.#file}: images pulled until now are then never collected`,
      });
    }
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
    this.#write = this.#write
      .catch(() => undefined)
      .then(async () => {
        await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
        await writeFileAtomically(this.#file, JSON.stringify(this.#images));
      });
    await this.#write;
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
