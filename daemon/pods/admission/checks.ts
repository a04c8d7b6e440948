import { forbiddenSysctls } from '../create/sysctls.ts';
import type { Pod } from '../v1.ts';
import type { AdmittingNode, Rejection } from './node.ts';
import { matchesNode } from './node-affinity.ts';
import { collides, hostPortsOf, type Occupancy, requestsOf } from './occupancy.ts';
import { pressureRejection } from './pressure.ts';

type Check = (pod: Pod, node: AdmittingNode, occupied: Occupancy) => Rejection | undefined;

const pressure: Check = (pod, { pressures }) => pressureRejection(pod, pressures);

/** pkg/kubelet/sysctl/allowlist.go */
const sysctls: Check = (pod, { unsafeSysctls }) => {
  const message = forbiddenSysctls(pod, unsafeSysctls);
  return message === undefined ? undefined : { reason: 'SysctlForbidden', message };
};

const osLabel = 'kubernetes.io/os';

/** pkg/kubelet/lifecycle/predicate.go */
const operatingSystem: Check = ({ metadata, spec }) => {
  const label = metadata.labels?.[osLabel];
  if (label !== undefined && label !== 'linux') {
    const message = `Failed to admit pod as the \`${osLabel}\` label doesn't match node label`;
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message };
  }
  if (spec.os === undefined || spec.os.name === 'linux') return undefined;
  return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
};

/** Docker adds the groups that the image gives a user whatever it is told, as does every runtime that lacks the feature. */
const supplementalGroups: Check = ({ spec }) =>
  spec.securityContext?.supplementalGroupsPolicy === 'Strict'
    ? {
        reason: 'SupplementalGroupsPolicyNotSupported',
        message: 'SupplementalGroupsPolicy=Strict is not supported in this node',
      }
    : undefined;

/**
 * The scheduler's filters that the kubelet repeats (pkg/scheduler AdmissionCheck). A static pod is critical: for lack of
 * resources alone the kubelet would evict others for it, and finds none, since here all are static
 * (pkg/kubelet/preemption).
 */
const general: Check = (pod, node, occupied) => {
  if (!matchesNode(pod, node)) {
    const message = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    return { reason: 'NodeAffinity', message };
  }
  if (hostPortsOf(pod).some((wanted) => occupied.ports.some((port) => collides(wanted, port)))) {
    const message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    return { reason: 'NodePorts', message };
  }
  const missing = missingResources(pod, node, occupied).map(([name, amount]) => `(res: ${name}, q: ${amount}), `);
  if (missing.length === 0) return undefined;
  const why = `no set of running pods found to reclaim resources: [${missing.join('')}]`;
  const message = `Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: ${why}`;
  return { reason: 'UnexpectedAdmissionError', message };
};

/** How much of what is missing (noderesources.Fits). */
const missingResources = (
  pod: Pod,
  { allocatable }: AdmittingNode,
  { pods, requested }: Occupancy,
): readonly (readonly [string, bigint])[] => {
  const missing = (name: string, wanted: bigint, used: bigint): bigint =>
    wanted === 0n ? 0n : wanted + used - (allocatable.get(name) ?? 0n);
  const asked = [...requestsOf(pod)]
    .toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([name, wanted]) => [name, missing(name, wanted, requested.get(name) ?? 0n)] as const);
  return [['pods', missing('pods', 1n, BigInt(pods))] as const, ...asked].filter(([, amount]) => amount > 0n);
};

/** The order in which the kubelet names what is missing. */
const firstNamed: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];
const rank = (name: string): number => (firstNamed.includes(name) ? firstNamed.indexOf(name) : firstNamed.length);

const appArmorAnnotation = 'container.apparmor.security.beta.kubernetes.io/';

/** pkg/kubelet/lifecycle appArmorAdmitHandler, pkg/security/apparmor */
const appArmor: Check = ({ metadata, spec }, node) => {
  const fields = [spec, ...(spec.initContainers ?? []), ...spec.containers].map(
    ({ securityContext }) => securityContext?.appArmorProfile?.type,
  );
  const annotations = Object.entries(metadata.annotations ?? {}).flatMap(([key, value]) =>
    key.startsWith(appArmorAnnotation) ? [value] : [],
  );
  const required =
    fields.some((type) => type !== undefined && type !== 'Unconfined') ||
    annotations.some((value) => value !== 'unconfined');
  if (!required || node.appArmor) return undefined;
  return { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' };
};

/** In the kubelet's order (pkg/kubelet/kubelet.go, AddPodAdmitHandlers): the first that rejects gives the reason. */
const checks: readonly Check[] = [pressure, sysctls, operatingSystem, supplementalGroups, general, appArmor];

/** Why the node agent may not run a pod beside those that occupy the node; undefined when it may. */
export const rejectionOf: Check = (pod, node, occupied) => {
  for (const check of checks) {
    const rejection = check(pod, node, occupied);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
};
