import type { Config } from '../../config/schema.ts';
import { isMap } from '../../host/json-value.ts';
import { StateFile } from '../../host/state-file.ts';
import { parseAuthorities } from '../discovery/authorities.ts';
import { pinnedOf } from '../discovery/pins.ts';
import type { ClusterTrust } from '../discovery/trust.ts';

export interface KnownClusterOptions {
  readonly cluster: Config['cluster'];
  /** Where the authorities that were discovered are kept. */
  readonly file: string;
  /** What the configuration alone says of the cluster. */
  readonly given: () => Promise<ClusterTrust | undefined>;
}

/** Who the cluster is, kept over restarts: a host that joined once needs neither a token nor discovery to come back. */
export class KnownCluster {
  readonly #options: KnownClusterOptions;
  readonly #file: StateFile<{ readonly caPem: string }>;

  constructor(options: KnownClusterOptions) {
    this.#options = options;
    this.#file = new StateFile({
      path: options.file,
      parse: (json) => (isMap(json) && typeof json['caPem'] === 'string' ? { caPem: json['caPem'] } : undefined),
      withoutIt: 'the cluster is discovered again, for which a bootstrap token may be needed',
    });
  }

  /**
   * What the configuration says comes first, and its pins hold for what was discovered too; undefined where the cluster
   * has to be discovered. @throws BootletError E_STATE_BROKEN, E_PERMISSION, and as `given`
   */
  async load(): Promise<ClusterTrust | undefined> {
    const { cluster, file, given } = this.#options;
    const trust = await given();
    if (trust !== undefined) return trust;
    const discovered = await this.#file.load();
    if (discovered === undefined) return undefined;
    const { caPem } = discovered;
    const pins = cluster.discovery.caCertHashes;
    const isPinned = pins.length === 0 || pinnedOf(parseAuthorities(caPem, file), pins).length > 0;
    return isPinned ? { servers: cluster.servers, caPem } : undefined;
  }

  async learn({ caPem }: ClusterTrust): Promise<void> {
    if (caPem !== undefined) await this.#file.save({ caPem });
  }
}
