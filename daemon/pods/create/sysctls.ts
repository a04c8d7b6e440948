import type { Pod } from '../v1.ts';

/** Sysctls that are of one pod alone and bother no other (pkg/kubelet/sysctl/safe_sysctls.go; every kernel that runs bootlet has them by namespace). */
const SAFE = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];

/** With dots: `net/ipv4/conf/eth0.1/forwarding` is `net.ipv4.conf.eth0/1.forwarding` (sysctl.d(5)). */
const dotted = (name: string): string => {
  if (/[./]/.exec(name)?.[0] !== '/') return name;
  return name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
};

/** The sysctls of the pod's sandbox by dotted name. */
export const sysctlsOf = (pod: Pod): Readonly<Record<string, string>> =>
  Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map(({ name, value }) => [dotted(name), value]));

/**
 * Why a pod may not have the sysctls it asks for, in the kubelet's words; undefined when it may
 * (pkg/kubelet/sysctl/allowlist.go).
 * @param allowed names, or patterns that end in `*`, allowed beside the safe ones
 */
export const forbiddenSysctls = (pod: Pod, allowed: readonly string[]): string | undefined => {
  for (const name of Object.keys(sysctlsOf(pod))) {
    const why = refusalOf(name, pod, [...SAFE, ...allowed.map(dotted)]);
    if (why !== undefined) return `forbidden sysctl: "${name}" ${why}`;
  }
  return undefined;
};

const refusalOf = (name: string, pod: Pod, allowed: readonly string[]): string | undefined => {
  if (!allowed.some((pattern) => matches(name, pattern))) return 'not allowlisted';
  const isNet = name.startsWith('net.');
  const isShared = isNet ? pod.spec.hostNetwork === true : pod.spec.hostIPC === true;
  return isShared ? `not allowed with host ${isNet ? 'Net' : 'IPC'} enabled` : undefined;
};

const matches = (name: string, pattern: string): boolean =>
  pattern.includes('*') ? name.startsWith(pattern.slice(0, pattern.indexOf('*'))) : name === pattern;
