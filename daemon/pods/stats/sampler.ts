import { type CgroupRoots, type CgroupUsage, usageOfContainer } from '../../host/cgroup.ts';
import { type InterfaceUsage, interfacesOf } from '../../host/net-dev.ts';
import { type NodeUsage, nodeUsage } from '../../host/node-usage.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Reader } from '../../reconcile/store.ts';
import { containerType } from '../resources.ts';

/** What the kernel said of the host and of every running sandbox and container, at one moment. */
export interface Sample {
  /** ms since the epoch */
  readonly at: number;
  readonly node: NodeUsage;
  readonly nodeInterfaces: readonly InterfaceUsage[];
  /** By container id. */
  readonly containers: ReadonlyMap<string, CgroupUsage>;
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
    return {
      at: clock.now(),
      node: nodeUsage(roots.proc),
      nodeInterfaces: interfacesOf('self', roots.proc),
      containers: new Map(
        running.flatMap((container): [string, CgroupUsage][] => {
          const usage = usageOfContainer(container, roots);
          return usage === undefined ? [] : [[container.id, usage]];
        }),
      ),
      interfaces: new Map(sandboxes.map(({ id, pid }) => [id, interfacesOf(pid, roots.proc)])),
    };
  }
}
