import type { Config } from '../config/schema.ts';
import type { HostHardware } from '../host/facts/hardware.ts';
import { hostHardwareType } from '../node/resources.ts';
import {
  type ManifestStatus,
  manifestStatusType,
  podStatusType,
  type RuntimeState,
  runtimeStateType,
} from '../pods/resources.ts';
import type { Condition } from '../reconcile/conditions.ts';
import { type Trouble, troubleType } from '../reconcile/engine.ts';
import type { Reader } from '../reconcile/store.ts';
import { type ClusterStatus, clusterStatusOf } from './cluster.ts';
import { type Finding, isBad } from './finding.ts';
import { PATIENCE_MS } from './findings.ts';

/** `bootlet.io/v1alpha1 Status`: the host at a glance. */
export interface Status {
  readonly apiVersion: 'bootlet.io/v1alpha1';
  readonly kind: 'Status';
  /** `name`: the node's. */
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly version: string;
  readonly mode: Config['mode'];
  /** True when a condition is as it should not be. */
  readonly degraded: boolean;
  /** Most pressing first. All but ManifestFolderContested and the pressures are good when True; some are neither good nor bad. */
  readonly conditions: readonly Condition[];
  readonly runtime?: RuntimeState;
  readonly pods: {
    readonly total: number;
    readonly ready: number;
    /** How many there are by status.phase. */
    readonly phases: Readonly<Record<string, number>>;
  };
  /** Where one is configured. */
  readonly cluster?: ClusterStatus;
  /** The machine, once a host of a cluster was looked at: hourly. */
  readonly hardware?: HostHardware;
  readonly manifests: readonly ManifestStatus[];
  /** What controllers wait for, or fail at, for more than 5 s. `since`: RFC 3339. */
  readonly troubles: readonly (Omit<Trouble, 'since'> & { readonly since: string })[];
  /** The command to type next. */
  readonly next: string;
}

const podCounts = (store: Reader): Status['pods'] => {
  const phases: Record<string, number> = {};
  let ready = 0;
  const statuses = store.list(podStatusType).map(({ value }) => value.pod.status);
  for (const status of statuses) {
    const phase = status?.phase ?? 'Pending';
    phases[phase] = (phases[phase] ?? 0) + 1;
    if (status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')) ready++;
  }
  return { total: statuses.length, ready, phases };
};

const troublesOf = (store: Reader, now: number): Status['troubles'] =>
  store
    .list(troubleType)
    .filter(({ value: { since } }) => now - since >= PATIENCE_MS)
    .map(({ value }) => ({ ...value, since: new Date(value.since).toISOString() }));

export interface StatusInput {
  readonly store: Reader;
  readonly config: Pick<Config, 'nodeName' | 'mode' | 'paths'>;
  readonly version: string;
  readonly findings: readonly Finding[];
  /** The same findings with their transition times. */
  readonly conditions: readonly Condition[];
}

/** A pure projection of the store. @param now ms since the epoch */
export const statusOf = ({ store, config, version, findings, conditions }: StatusInput, now: number): Status => {
  const runtime = store.list(runtimeStateType)[0]?.value;
  const pods = podCounts(store);
  const cluster = clusterStatusOf(store);
  const hardware = store.list(hostHardwareType)[0]?.value;
  const idle = pods.total === 0 ? `put a manifest into ${config.paths.manifests}` : 'bootlet pods';
  return {
    apiVersion: 'bootlet.io/v1alpha1',
    kind: 'Status',
    metadata: { name: config.nodeName, resourceVersion: String(store.version) },
    version,
    mode: config.mode,
    degraded: findings.some(isBad),
    conditions,
    ...(runtime === undefined ? {} : { runtime }),
    pods,
    ...(cluster === undefined ? {} : { cluster }),
    ...(hardware === undefined ? {} : { hardware }),
    manifests: store.list(manifestStatusType).map(({ value }) => value),
    troubles: troublesOf(store, now),
    next: findings.find(isBad)?.next ?? idle,
  };
};
