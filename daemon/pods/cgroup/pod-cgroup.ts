import type { CgroupLimits } from '../../host/cgroups/cgroups.ts';
import { uidName } from '../../runtime/uid-name.ts';
import { cpuQuota, cpuShares } from '../create/cpu.ts';
import { podAmounts } from '../create/pod-resources.ts';
import { amountIn } from '../create/quantities.ts';
import { isHugePages } from '../manifest/resource-list.ts';
import { qosClassOf } from '../status/qos.ts';
import type { Pod, ResourceRequirements } from '../v1.ts';

/** Under which class of pods a pod's cgroup lies; Guaranteed ones lie beside the classes. */
export const QOS_FOLDERS = ['burstable', 'besteffort'] as const;

/** The path of a pod's cgroup below the root of all pods, as the kubelet lays it out (pkg/kubelet/cm). */
export const podCgroupPath = (pod: Pod): readonly string[] => {
  const qos = qosClassOf(pod);
  const own = podCgroupName(uidName(pod.metadata.uid));
  return qos === 'Guaranteed' ? [own] : [qos.toLowerCase(), own];
};

/** @param folder of the pod: {@link uidName}, which can be part of a path and of a systemd slice */
export const podCgroupName = (folder: string): string => `pod${folder}`;

/** Whether a cgroup by this name is a pod's, as itself or as a slice of systemd. */
export const isPodCgroup = (name: string, uid: string): boolean => {
  const own = podCgroupName(uidName(uid));
  return name === own || name.endsWith(`-${own.replaceAll('-', '_')}.slice`);
};

/** The kubelet's default swapBehavior, which it sets for each container; Docker can only within a limit of memory. */
const NO_SWAP = 0;

/**
 * The limits of a pod as a whole (pkg/kubelet/cm ResourceConfigForPod). Of a Burstable pod cpu and memory are limited only
 * where all its containers are, or the pod itself is; huge pages always, to what was asked for of each size. Pods of best
 * effort weigh all the same: only their class has next to no weight.
 */
export const podCgroupLimits = (pod: Pod): CgroupLimits => {
  const requests = podAmounts(pod, 'requests');
  const limits = podAmounts(pod, 'limits');
  const hugePages = new Map(
    [...requests].flatMap(([name, amount]) => (isHugePages(name) ? [[name.slice('hugepages-'.length), amount]] : [])),
  );
  if (qosClassOf(pod) === 'BestEffort') return { swapBytes: NO_SWAP, hugePages };
  const milliCpu = Number(limits.get('cpu') ?? 0n);
  const memory = Number(limits.get('memory') ?? 0n);
  return {
    cpuShares: cpuShares(Number(requests.get('cpu') ?? 0n)),
    ...(isLimited(pod, 'cpu') && milliCpu > 0 ? { cpuQuota: cpuQuota(milliCpu) } : {}),
    ...(isLimited(pod, 'memory') && memory > 0 ? { memoryBytes: memory } : {}),
    swapBytes: NO_SWAP,
    hugePages,
  };
};

const isLimited = ({ spec }: Pod, name: string): boolean => {
  const has = ({ resources }: { readonly resources?: ResourceRequirements }): boolean =>
    amountIn(name, resources?.limits?.[name]) > 0n;
  return has(spec) || [...(spec.initContainers ?? []), ...spec.containers].every(has);
};
