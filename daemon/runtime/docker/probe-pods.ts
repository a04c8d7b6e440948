import { type PauseArchitecture, pauseImageName, pauseImageTar } from '../pause/image.ts';
import { containerNetns, podNetworkName } from './bridge-network.ts';
import type { DockerEngine } from './engine.ts';
import { fieldsOf, itemsOf, stringIn } from './json.ts';
import { loadImages } from './load.ts';
import { removeImage } from './remove-image.ts';

const LABEL = 'io.bootlet.verify';

/** Containers on the network that pods are on, which do nothing: what is sent and received in them is the prober's. */
export class ProbePods {
  readonly #engine: DockerEngine;
  readonly #instance: string;
  /** Images that were not there before. */
  readonly #loaded: string[] = [];

  constructor(engine: DockerEngine, instance: string) {
    this.#engine = engine;
    this.#instance = instance;
  }

  /**
   * Starts one. Resolves with the pid of its process, by which its network namespace is found.
   * @param bridge that pods are on; undefined: Docker's own choice
   * @throws as every call of Docker
   */
  async start(name: string, architecture: PauseArchitecture, bridge: string | undefined): Promise<number> {
    const image = pauseImageName(architecture);
    const network = await podNetworkName(this.#engine, bridge);
    const create = () =>
      this.#engine.call({
        method: 'POST',
        path: '/containers/create',
        query: { name: `bootlet-verify-${this.#instance}-${name}` },
        body: {
          Image: image,
          Labels: { [LABEL]: this.#instance },
          HostConfig: { NetworkMode: network, ReadonlyRootfs: true, CapDrop: ['ALL'] },
        },
        expect: [404],
      });
    let answer = await create();
    if (answer.status === 404) {
      this.#loaded.push(image);
      await loadImages(this.#engine, [pauseImageTar(architecture)]);
      answer = await create();
    }
    const id = stringIn(fieldsOf(answer.body, 'a created container'), 'Id');
    await this.#engine.call({ method: 'POST', path: `/containers/${id}/start` });
    return (await containerNetns(this.#engine, id))?.pid ?? 0;
  }

  /** All of this instance, also those of an earlier run that was killed; and the image, where nobody had it before. */
  async removeAll(): Promise<void> {
    const filters = JSON.stringify({ label: [`${LABEL}=${this.#instance}`] });
    const { body } = await this.#engine.call({
      method: 'GET',
      path: '/containers/json',
      query: { all: true, filters },
    });
    await Promise.all(
      itemsOf(body, 'the containers').map((item) => {
        const id = stringIn(fieldsOf(item, 'a container'), 'Id');
        const query = { force: true, v: true };
        return this.#engine.call({ method: 'DELETE', path: `/containers/${id}`, query, expect: [404, 409] });
      }),
    );
    for (const image of this.#loaded.splice(0)) await removeImage(this.#engine, image);
  }
}
