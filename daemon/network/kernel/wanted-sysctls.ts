import { sysctlPath } from '../../host/sysctls.ts';
import type { Family, NetworkSpec } from '../resources.ts';

export const IP_FORWARD = 'net/ipv4/ip_forward';
export const IPV6_FORWARDING = 'net/ipv6/conf/all/forwarding';

export const forwardingOf = (family: Family, device: string): string => `net/${family}/conf/${device}/forwarding`;
export const acceptRaOf = (device: string): string => `net/ipv6/conf/${device}/accept_ra`;

/** What the kubelet sets where it runs (pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables). */
const kubelets = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
} as const;

/**
 * The module sets them to 1 for every bridge when it is loaded, those of virtual machines too. Who sets them to 1 after
 * that wants it so: an administrator's k8s.conf, kube-proxy.
 */
export const forEveryBridge = {
  'net/bridge/bridge-nf-call-iptables': '0',
  'net/bridge/bridge-nf-call-ip6tables': '0',
  'net/bridge/bridge-nf-call-arptables': '0',
} as const;

export const hasIPv6 = ({ ranges }: Pick<NetworkSpec, 'ranges'>): boolean =>
  ranges.some(({ family }) => family === 'ipv6');

export interface WantedInput {
  readonly spec: NetworkSpec;
  /** Interfaces that listen to routers, and would not any more once the host is one itself. */
  readonly routerListeners: readonly string[];
  /** Of interfaces that were told by themselves not to forward, though the host does. */
  readonly exceptions: readonly string[];
  /** Whether there is no kubelet beside bootlet. */
  readonly isStandalone: boolean;
  /** Whether br_netfilter is there because of bootlet. */
  readonly isOwnModule: boolean;
  /** network.sysctls: they win. */
  readonly configured: Readonly<Record<string, string>>;
}

/** By path below /proc/sys, in the order in which they must be set: what listens to a router has to before the host is one. */
export const wantedSysctls = (input: WantedInput): ReadonlyMap<string, string> => {
  const { spec, routerListeners, exceptions, isStandalone, isOwnModule, configured } = input;
  return new Map([
    ...(hasIPv6(spec) ? routerListeners.map((device) => [acceptRaOf(device), '2'] as const) : []),
    [IP_FORWARD, '1'],
    ...(hasIPv6(spec) ? [[IPV6_FORWARDING, '1'] as const] : []),
    ...exceptions.map((path) => [path, '1'] as const),
    ...(isOwnModule ? Object.entries(forEveryBridge) : []),
    ...(isStandalone ? Object.entries(kubelets) : []),
    ...Object.entries(configured).map(
      ([name, value]) => [sysctlPath(name), value.trim().replace(/\s+/g, ' ')] as const,
    ),
  ]);
};

const ACCEPT_RA = /^net\/ipv6\/conf\/(.+)\/accept_ra$/;

/** Whose it is; undefined for another sysctl. */
export const listenerOf = (path: string): string | undefined => ACCEPT_RA.exec(path)?.[1];

/** Of one interface; what stands for all of them is none. */
export const isOfInterface = (path: string): boolean =>
  /^net\/ipv[46]\/conf\/(?!(all|default)\/).+\/(accept_ra|forwarding)$/.test(path);

/** What a kernel may lack without the network being any the worse, has only with its module, or only while the interface is there. */
export const isOptional = (path: string): boolean => path in kubelets || path in forEveryBridge || isOfInterface(path);
