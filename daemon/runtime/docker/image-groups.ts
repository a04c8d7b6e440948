import { BootletError } from '../../errors.ts';
import { concernsOne } from '../concerns-one.ts';
import { type Accounts, groupsIn } from './accounts.ts';
import type { DockerContainers } from './containers.ts';
import type { DockerEngine } from './engine.ts';
import { labelsBesidePods } from './identity.ts';
import { TarScanner } from './tar-scanner.ts';

/** Images whose accounts are kept in memory. */
const MOST_IMAGES = 200;

/**
 * The groups that an image gives its users. Docker adds them to a process only where no group is asked for, and
 * Kubernetes wants them either way. An image does not change, so each is looked at once, by a container that is never
 * started.
 */
export class ImageGroups {
  readonly #engine: DockerEngine;
  readonly #containers: DockerContainers;
  readonly #instance: string;
  readonly #onWarning: (message: string) => void;
  readonly #accounts = new Map<string, Promise<Accounts>>();

  #isTidy = false;

  constructor(
    engine: DockerEngine,
    containers: DockerContainers,
    instance: string,
    onWarning: (message: string) => void,
  ) {
    this.#onWarning = onWarning;
    this.#engine = engine;
    this.#containers = containers;
    this.#instance = instance;
  }

  /** Ids of the groups that a user is a member of besides its own. @param user a name or a number */
  async of(image: string, user: string): Promise<readonly string[]> {
    const known = this.#accounts.get(image);
    if (known !== undefined) return groupsIn(await known, user);
    const [oldest] = this.#accounts.keys();
    if (this.#accounts.size >= MOST_IMAGES && oldest !== undefined) this.#accounts.delete(oldest);
    const read = this.#read(image);
    this.#accounts.set(image, read);
    read.catch(() => this.#accounts.delete(image));
    return groupsIn(await read, user);
  }

  /** Removes, before any image is looked at, what a daemon that was killed left behind: it would hold its image for good. */
  async removeLeftBehind(): Promise<void> {
    if (this.#isTidy) return;
    for (const id of await this.#containers.besidePods()) await this.#removeOne(id);
    this.#isTidy = true;
  }

  async #removeOne(id: string): Promise<void> {
    try {
      await this.#containers.remove(id);
    } catch (error) {
      if (!concernsOne(error)) throw error;
      this.#onWarning(`a container that looked into an image stays: ${error.message}`);
    }
  }

  async #read(image: string): Promise<Accounts> {
    const name = `bootlet-accounts-${this.#instance}-${image.replace(/^sha256:/, '').slice(0, 12)}`;
    const labels = labelsBesidePods(this.#instance, 'image-accounts');
    const body = { Image: image, Entrypoint: ['none'], NetworkDisabled: true, Labels: labels };
    const created = await this.#containers.create(name, body);
    if (created === undefined) throw new BootletError('E_NOT_FOUND', `image ${image} is not on this host`);
    try {
      return { passwd: await this.#file(created.id, 'passwd'), group: await this.#file(created.id, 'group') };
    } finally {
      await this.#containers.remove(created.id);
    }
  }

  /** Empty where the image has no such file. */
  async #file(container: string, name: string): Promise<string> {
    const archive = await this.#engine.bytes({
      method: 'GET',
      path: `/containers/${container}/archive`,
      query: { path: `/etc/${name}` },
      expect: [404],
    });
    const scanner = new TarScanner([name]);
    if (archive !== undefined) scanner.push(archive);
    return scanner.content(name)?.toString('utf8') ?? '';
  }
}
