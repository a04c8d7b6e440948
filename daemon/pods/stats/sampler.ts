import {
  type CgroupPaths,
  type CgroupRoots,
  type CgroupUsage,
  cgroupAbove,
  cgroupOfContainer,
  pathOfCgroup,
  usageOfCgroup,
} from '../../host/cgroup.ts';
import { type InterfaceUsage, interfacesOf } from '../../host/net-dev.ts';
import { type NodeUsage, nodeUsage } from '../../host/node-usage.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Reader } from '../../reconcile/store.ts';
import { isPodCgroup } from '../cgroup/pod-cgroup.ts';
import { containerType } from '../resources.ts';

/** A control group and what it has used. */
export interface GroupUsage extends CgroupUsage {
  readonly path: string;
}

/** What the kernel said of the host and of every running sandbox and container, at one moment. */
export interface Sample {
  /** ms since the epoch */
  readonly at: number;
  readonly node: NodeUsage;
  readonly nodeInterfaces: readonly InterfaceUsage[];
  /** By container id. */
  readonly containers: ReadonlyMap<string, GroupUsage>;
  /** By pod uid; none of a pod that has no group of its own. */
  readonly pods: ReadonlyMap<string, GroupUsage>;
  /** By the id of a sandbox that has a network of its own. */
  readonly interfaces: ReadonlyMap<string, readonly InterfaceUsage[]>;
}

export interface SamplePair {
  readonly now: Sample;
  /** Some time earlier, for rates. */
  readonly before: Sample;
}

export interface SamplerOptions {
  readonly store: Reader;
  readonly clock: Clock;
  readonly roots: CgroupRoots;
}

/** For how long a sample is good enough for the next who asks, ms. */
const FRESH_MS = 5000;
/** A rate over a longer time than this is none of now, ms. */
const OLDEST_BEFORE_MS = 120_000;
/** Where there is no earlier sample, how long to wait between two, ms. */
const APART_MS = 200;

/** Samples the usage of the host and its pods when somebody asks, and only then: not looking costs nothing. */
export class UsageSampler {
  readonly #options: SamplerOptions;
  #last: SamplePair | undefined;
  #underWay: Promise<SamplePair> | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** A pair whose later sample is at most five seconds old. */
  async pair(): Promise<SamplePair> {
    const last = this.#last;
    const age = last === undefined ? Number.POSITIVE_INFINITY : this.#options.clock.now() - last.now.at;
    if (last !== undefined && age >= 0 && age < FRESH_MS) return last;
    this.#underWay ??= this.#look(age < OLDEST_BEFORE_MS ? last?.now : undefined).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #look(before: Sample | undefined): Promise<SamplePair> {
    const { clock } = this.#options;
    const earlier = before ?? this.#sample();
    if (before === undefined) await new Promise<void>((resolve) => clock.setTimer(earlier.at + APART_MS, resolve));
    this.#last = { before: earlier, now: this.#sample() };
    return this.#last;
  }

  #sample(): Sample {
    const { store, clock, roots } = this.#options;
    const running = store.list(containerType).flatMap(({ value }) => (value.state === 'running' ? [value] : []));
    const sandboxes = running.filter(({ kind, ips }) => kind === 'sandbox' && ips.length > 0);
    const groups = new Map(
      running.flatMap((container): [string, CgroupPaths][] => {
        const paths = cgroupOfContainer(container, roots);
        return paths === undefined ? [] : [[container.id, paths]];
      }),
    );
    const podGroups = new Map(
      running.flatMap(({ id, pod: { uid } }): [string, CgroupPaths][] => {
        const paths = groups.get(id);
        const above = paths === undefined ? undefined : cgroupAbove(paths, (name) => isPodCgroup(name, uid));
        return above === undefined ? [] : [[uid, above]];
      }),
    );
    return {
      at: clock.now(),
      node: nodeUsage(roots.proc),
      nodeInterfaces: interfacesOf('self', roots.proc),
      containers: this.#usageOf(groups),
      pods: this.#usageOf(podGroups),
      interfaces: new Map(sandboxes.map(({ id, pid }) => [id, interfacesOf(pid, roots.proc)])),
    };
  }

  #usageOf(groups: ReadonlyMap<string, CgroupPaths>): ReadonlyMap<string, GroupUsage> {
    return new Map(
      [...groups].flatMap(([key, paths]): [string, GroupUsage][] => {
        const usage = usageOfCgroup(paths, this.#options.roots);
        return usage === undefined ? [] : [[key, { path: pathOfCgroup(paths), ...usage }]];
      }),
    );
  }
}
