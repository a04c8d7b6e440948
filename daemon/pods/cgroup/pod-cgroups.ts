import { BootletError } from '../../errors.ts';
import type { Cgroups } from '../../host/cgroups/cgroups.ts';
import type { Reader } from '../../reconcile/store.ts';
import { cpuShares, MIN_SHARES } from '../create/cpu.ts';
import { podAmounts } from '../create/pod-resources.ts';
import { podSpecType } from '../resources.ts';
import { qosClassOf } from '../status/qos.ts';
import type { Pod } from '../v1.ts';
import { podCgroupLimits, podCgroupName, podCgroupPath, QOS_FOLDERS } from './pod-cgroup.ts';

export interface PodCgroupsOptions {
  readonly store: Reader;
  /** Name of the group that holds all pods. */
  readonly root: string;
  /** Undefined where the runtime puts its containers into no group. @throws what the runtime answers */
  readonly cgroups: () => Promise<Cgroups | undefined>;
}

export interface PodCgroup {
  /** How the runtime is told to put the pod's containers into it; absent: the pod has none. */
  readonly parent?: string;
  /** What of the pod's limits this host does not enforce, and why; empty when all is well. */
  readonly problems: readonly string[];
}

/** The cgroup of each pod, which holds its sandbox and containers and limits them as a whole. */
export class PodCgroups {
  readonly #o: PodCgroupsOptions;
  /** Weights that the classes of pods were given last. */
  readonly #weights = new Map<string, number>();

  constructor(options: PodCgroupsOptions) {
    this.#o = options;
  }

  /** Makes a pod's group. A host that does not let it be made runs the pod without. @throws what the runtime answers */
  async ensure(pod: Pod): Promise<PodCgroup> {
    const cgroups = await this.#o.cgroups();
    const path = [this.#o.root, ...podCgroupPath(pod)];
    if (cgroups === undefined) return { problems: [] };
    try {
      await this.#weighClass(cgroups, pod);
      return { parent: cgroups.parent(path), problems: await cgroups.ensure(path, podCgroupLimits(pod)) };
    } catch (error) {
      if (error instanceof BootletError && error.code === 'E_CGROUP') return { problems: [error.message] };
      throw error;
    }
  }

  /** Removes the group of a pod that has ended, whichever class it was of, by the name of its folder. @throws BootletError E_CGROUP while something runs in it */
  async release(folder: string): Promise<void> {
    const name = podCgroupName(folder);
    const cgroups = await this.#o.cgroups();
    if (cgroups === undefined) return;
    for (const folder of [[], ...QOS_FOLDERS.map((qos) => [qos])])
      await cgroups.remove([this.#o.root, ...folder, name]);
  }

  /** A class weighs what its pods ask for, and best effort next to nothing (pkg/kubelet/cm qos_container_manager_linux.go). */
  async #weighClass(cgroups: Cgroups, pod: Pod): Promise<void> {
    const qos = qosClassOf(pod);
    if (qos === 'Guaranteed') return;
    const shares = qos === 'BestEffort' ? MIN_SHARES : this.#burstableShares();
    if (this.#weights.get(qos) === shares) return;
    await cgroups.ensure([this.#o.root, qos.toLowerCase()], { cpuShares: shares });
    this.#weights.set(qos, shares);
  }

  #burstableShares(): number {
    const pods = this.#o.store.list(podSpecType).map(({ value }) => value.pod);
    const requests = pods.map((pod) =>
      qosClassOf(pod) === 'Burstable' ? Number(podAmounts(pod, 'requests').get('cpu') ?? 0n) : 0,
    );
    return cpuShares(requests.reduce((sum, milliCpu) => sum + milliCpu, 0));
  }
}
