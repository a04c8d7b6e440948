import { BootletError } from '../../errors.ts';
import { StateFile } from '../../host/state-file.ts';
import { type Controller, done, input } from '../../reconcile/controller.ts';
import type { Reader, Writer } from '../../reconcile/store.ts';
import { podSpecType, type StoppedPod, sourcesReadyType, stoppedPodType } from '../resources.ts';

export interface StoppedPodsOptions {
  /** Where they are remembered. */
  readonly file: string;
  readonly store: Reader;
  readonly stopped: Writer<StoppedPod>;
}

/** The pods that an administrator stopped, by name, on disk so that they stay stopped over restarts of the daemon and reboots. */
export class StoppedPods {
  readonly #o: StoppedPodsOptions;
  readonly #file: StateFile<readonly string[]>;
  #keys: ReadonlySet<string> = new Set();
  /** The last change: one goes after another. */
  #changing: Promise<void> = Promise.resolve();

  constructor(options: StoppedPodsOptions) {
    this.#o = options;
    this.#file = new StateFile({
      path: options.file,
      parse: (json) => (isKeys(json) ? json : undefined),
      withoutIt: 'what is to stay stopped must then be stopped again',
    });
  }

  /** @throws BootletError E_STATE_BROKEN: to start what someone stopped would be worse than not to start */
  async load(): Promise<void> {
    this.#keys = new Set(await this.#file.load());
    for (const key of this.#keys) this.#o.stopped.put(key, { pod: key });
  }

  /**
   * Ends a pod and keeps it from being started. Resolves once that is on disk.
   * @throws BootletError E_NOT_FOUND
   */
  async stop(key: string): Promise<void> {
    if (this.#o.store.get(podSpecType, key) === undefined)
      throw new BootletError('E_NOT_FOUND', `no manifest gives a pod ${key}`, { retryable: false });
    await this.#change((keys) => new Set([...keys, key]));
  }

  async start(key: string): Promise<void> {
    await this.#change((keys) => new Set([...keys].filter((k) => k !== key)));
  }

  /** Forgets pods that no manifest gives any more. */
  sweep(): Controller {
    const { store } = this.#o;
    const all = () => ['manifests'];
    return {
      name: 'stopped-pods',
      inputs: [input(podSpecType, all), input(sourcesReadyType, all), input(stoppedPodType, all)],
      outputs: [],
      reconcile: async () => {
        // Before the manifests were read, all of them look as if they were gone.
        if (store.list(sourcesReadyType).length === 0) return done;
        if ([...this.#keys].some((key) => store.get(podSpecType, key) === undefined))
          await this.#change((keys) => new Set([...keys].filter((key) => store.get(podSpecType, key) !== undefined)));
        return done;
      },
    };
  }

  /** On disk first: what is shown as stopped stays so. */
  #change(next: (keys: ReadonlySet<string>) => ReadonlySet<string>): Promise<void> {
    const { stopped } = this.#o;
    this.#changing = this.#changing
      .catch(() => undefined)
      .then(async () => {
        const keys = next(this.#keys);
        if (keys.symmetricDifference(this.#keys).size === 0) return;
        await this.#file.save([...keys]);
        for (const key of this.#keys) if (!keys.has(key)) stopped.remove(key);
        for (const key of keys) stopped.put(key, { pod: key });
        this.#keys = keys;
      });
    return this.#changing;
  }
}

const isKeys = (json: unknown): json is readonly string[] =>
  Array.isArray(json) && json.every((key) => typeof key === 'string');
