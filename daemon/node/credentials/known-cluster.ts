import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../config/schema.ts';
import { isMap } from '../../host/json-value.ts';
import { StateFile } from '../../host/state-file.ts';
import type { Discoverer } from '../discovery/discoverer.ts';
import type { ClusterTrust } from '../discovery/trust.ts';

export interface KnownClusterOptions {
  readonly cluster: Config['cluster'];
  /** Where the authorities that were discovered are kept. */
  readonly file: string;
  readonly discoverer: Pick<Discoverer, 'given' | 'authoritiesNow'>;
}

interface Discovered {
  readonly caPem: string;
  /** `caCertHashes` as they were then: with others it is another cluster that is meant. */
  readonly pins: readonly string[];
}

const discoveredIn = (json: unknown): Discovered | undefined => {
  if (!isMap(json)) return undefined;
  const { caPem, pins } = json;
  const isList = Array.isArray(pins) && pins.every((pin) => typeof pin === 'string');
  return typeof caPem === 'string' && isList ? { caPem, pins } : undefined;
};

/** Who the cluster is, kept over restarts: a host that joined once needs neither a token nor discovery to come back. */
export class KnownCluster {
  readonly #options: KnownClusterOptions;
  readonly #file: StateFile<Discovered>;

  constructor(options: KnownClusterOptions) {
    this.#options = options;
    this.#file = new StateFile({
      path: options.file,
      parse: discoveredIn,
      withoutIt: 'the cluster is discovered again, for which a bootstrap token may be needed',
    });
  }

  /**
   * What the configuration says comes first; undefined where the cluster has to be discovered.
   * @throws BootletError E_STATE_BROKEN, E_PERMISSION, and as `Discoverer.given`
   */
  async load(): Promise<ClusterTrust | undefined> {
    const given = await this.#options.discoverer.given();
    if (given !== undefined) return { servers: given.servers, caPem: given.caPem };
    const caPem = await this.#discovered();
    return caPem === undefined ? undefined : { servers: this.#options.cluster.servers, caPem };
  }

  async learn({ caPem }: ClusterTrust): Promise<void> {
    if (caPem !== undefined) await this.#file.save({ caPem, pins: this.#options.cluster.discovery.caCertHashes });
  }

  /**
   * Asks the cluster for its authorities where they were discovered, and keeps them. Whether they are others now.
   * @throws as `load`, and as `Discoverer.authoritiesNow`
   */
  async refresh(): Promise<boolean> {
    const { discoverer, cluster } = this.#options;
    if ((await discoverer.given()) !== undefined) return false;
    const caPem = await this.#discovered();
    if (caPem === undefined) return false;
    const now = await discoverer.authoritiesNow(caPem);
    if (now === caPem) return false;
    await this.learn({ servers: cluster.servers, caPem: now });
    return true;
  }

  async #discovered(): Promise<string | undefined> {
    const kept = await this.#file.load();
    return isDeepStrictEqual(kept?.pins, this.#options.cluster.discovery.caCertHashes) ? kept?.caPem : undefined;
  }
}
