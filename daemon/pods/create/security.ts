import { BootletError } from '../../errors.ts';
import type { SecurityConfig } from '../../runtime/runtime.ts';
import type { Container, Pod } from '../v1.ts';
import { describePod } from './describe-pod.ts';
import { userOf } from './run-as.ts';

/**
 * What a container must not see of the kernel, and must not change; the kubelet says it to the runtime, so that it does
 * not depend on the runtime's version (pkg/securitycontext).
 */
const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/**
 * The security settings of one container: its own, else the pod's (pkg/kubelet/kuberuntime/security_context.go).
 * @param profiles what stands behind the names of profiles on this host
 * @param thermalThrottle folders of this host that are masked as well
 * @throws BootletError E_CONTAINER_CONFIG where runAsNonRoot is violated
 */
export const containerSecurity = (
  pod: Pod,
  container: Container,
  imageUser: string,
  profiles: SecurityProfiles,
  thermalThrottle: readonly string[],
): SecurityConfig => {
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  const user = userOf(pod, container, imageUser);
  if ((own?.runAsNonRoot ?? shared?.runAsNonRoot) === true) requireNonRoot(pod, container, imageUser);
  const privileged = own?.privileged ?? false;
  const groups = [...(shared?.fsGroup === undefined ? [] : [shared.fsGroup]), ...(shared?.supplementalGroups ?? [])];
  const seLinux = own?.seLinuxOptions ?? shared?.seLinuxOptions;
  const bare = privileged || own?.procMount === 'Unmasked';
  return {
    privileged,
    readOnlyRootFilesystem: own?.readOnlyRootFilesystem ?? false,
    allowPrivilegeEscalation: own?.allowPrivilegeEscalation ?? true,
    ...capabilitiesOf(container),
    user,
    supplementalGroups: groups.map(String),
    seccomp: privileged ? 'unconfined' : profiles.seccomp,
    ...(profiles.appArmor === undefined ? {} : { appArmor: profiles.appArmor }),
    ...(seLinux === undefined ? {} : { seLinux }),
    maskedPaths: bare ? [] : [...MASKED_PATHS, ...thermalThrottle],
    readonlyPaths: bare ? [] : READONLY_PATHS,
  };
};

/** The profiles of one container, as the runtime takes them. */
export interface SecurityProfiles {
  readonly seccomp: NonNullable<SecurityConfig['seccomp']>;
  readonly appArmor?: string;
}

/** Of what is both added and dropped by name, dropping counts; ALL comes before what is named (containerd's CRI). */
const capabilitiesOf = (container: Container): Pick<SecurityConfig, 'addCapabilities' | 'dropCapabilities'> => {
  const { add = [], drop = [] } = container.securityContext?.capabilities ?? {};
  const dropped = new Set(drop.map((name) => name.toUpperCase()));
  const added = add.filter((name) => !dropped.has(name.toUpperCase()));
  return dropped.has('ALL')
    ? { addCapabilities: added.filter((name) => name.toUpperCase() !== 'ALL'), dropCapabilities: ['ALL'] }
    : { addCapabilities: added, dropCapabilities: drop };
};

const requireNonRoot = (pod: Pod, container: Container, imageUser: string): void => {
  const who = `(pod: "${describePod(pod)}", container: ${container.name})`;
  const refused = (why: string): BootletError => new BootletError('E_CONTAINER_CONFIG', `${why} ${who}`);
  const asked = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  if (asked === 0) throw refused("container's runAsUser breaks non-root policy");
  if (asked !== undefined) return;
  const [user = ''] = imageUser.split(':');
  if (user === '' || /^0+$/.test(user)) throw refused('container has runAsNonRoot and image will run as root');
  if (!/^\d+$/.test(user))
    throw refused(
      `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`,
    );
};
