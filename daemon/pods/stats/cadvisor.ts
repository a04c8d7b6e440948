import type { InterfaceUsage } from '../../host/net-dev.ts';
import type { GroupUsage, Sample } from './sampler.ts';
import type { RunningPod } from './summary.ts';

/** One control group in cadvisor's view. */
export interface MeasuredGroup {
  /** cadvisor's and the kubelet's: the pod's own group has an empty container, its sandbox is called POD. */
  readonly labels: {
    readonly id: string;
    readonly name: string;
    readonly image: string;
    readonly container: string;
    readonly pod: string;
    readonly namespace: string;
  };
  readonly usage: GroupUsage;
  /** ms since the epoch */
  readonly startedAt: number;
  /** Of the sandbox of a pod that has a network of its own. */
  readonly interfaces: readonly InterfaceUsage[];
}

/** The groups of a pod that has anything running: its own, its sandbox's and its containers'. */
export const measuredGroups = (
  { pod: { metadata }, sandbox, containers }: RunningPod,
  { pods, containers: usages, interfaces }: Sample,
): readonly MeasuredGroup[] => {
  const of = { pod: metadata.name, namespace: metadata.namespace ?? '' };
  const own = pods.get(metadata.uid ?? '');
  const runs = sandbox === undefined ? containers : [sandbox, ...containers];
  const startedAt = Math.min(...runs.map((run) => run.startedAt));
  const group = own && {
    labels: { id: own.path, name: '', image: '', container: '', ...of },
    usage: own,
    startedAt,
    interfaces: [],
  };
  const others = runs.flatMap((run) => {
    const usage = usages.get(run.id);
    const container = run.kind === 'sandbox' ? 'POD' : run.container;
    const labels = { id: usage?.path ?? '', name: run.id, image: run.image, container, ...of };
    return usage === undefined
      ? []
      : [{ labels, usage, startedAt: run.startedAt, interfaces: interfaces.get(run.id) ?? [] }];
  });
  return group === undefined ? others : [group, ...others];
};
