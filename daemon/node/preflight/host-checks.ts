import { dnsSubdomain } from '../../kubernetes/formats.ts';
import { failed, hostCheck, type PreflightCheck, passed, warning } from './check.ts';

/** What is known of the host before anything is started on it. */
export interface HostView {
  readonly nodeName: string;
  readonly swapBytes: number;
  readonly cgroups: { readonly version: 1 | 2; readonly controllers: readonly string[] };
  /** Of the interface with the default route; undefined where there is none. */
  readonly uplink: { readonly name: string; readonly mtu: number } | undefined;
  /** As configured; 0: from the uplink. */
  readonly bridgeMtu: number;
  /** Of the file system with the state folder. */
  readonly disk: { readonly path: string; readonly freeBytes: number; readonly totalBytes: number };
  /** Undefined: nobody here can tell. */
  readonly isTimeSynchronized: boolean | undefined;
}

const GIB = 2 ** 30;
/** The least that IPv6 goes through (RFC 8200). */
const LEAST_MTU = 1280;
const NEEDED = ['cpu', 'memory', 'pids'];
/** As the thresholds of eviction have it by default, nodefs.available. */
const LEAST_FREE = 0.1;
/** Names that installers give to every host. */
const COMMON = new Set(['localhost', 'localhost.localdomain', 'debian', 'ubuntu', 'raspberrypi']);

/** Nothing is asked of anybody; each by its name. */
export const hostChecks = (host: HostView): readonly PreflightCheck[] => [
  hostCheck('NodeName', nodeName(host)),
  hostCheck('Swap', swap(host)),
  hostCheck('Cgroups', cgroups(host)),
  hostCheck('MTU', mtu(host)),
  hostCheck('Disk', disk(host)),
  hostCheck('TimeSync', timeSync(host)),
];

type Verdict = Omit<PreflightCheck, 'name' | 'subject'>;

const nodeName = ({ nodeName: name }: HostView): Verdict => {
  const fault = dnsSubdomain(name);
  const fix = 'hostnamectl set-hostname NAME, or nodeName in the configuration';
  if (fault !== undefined) return failed(`"${name}" is no name for a Node: ${fault}`, fix);
  if (COMMON.has(name))
    return warning(`"${name}" is the name of many hosts, and a cluster has one Node of a name`, fix);
  return passed(name);
};

const swap = ({ swapBytes }: HostView): Verdict => {
  if (swapBytes === 0) return passed('off');
  const message = `${(swapBytes / GIB).toFixed(1)} GiB is on: a pod may use it beyond its memory limit, and grow slow instead of ending`;
  return warning(message, 'swapoff -a, and take it out of /etc/fstab');
};

const cgroups = ({ cgroups: { version, controllers } }: HostView): Verdict => {
  const missing = NEEDED.filter((name) => !controllers.includes(name));
  if (missing.length === 0) return passed(`v${version}, with ${NEEDED.join(', ')}`);
  const fix = missing.includes('memory')
    ? 'add cgroup_enable=memory to the command line of the kernel, and restart the host'
    : 'a kernel with these controllers, or a host that hands them to this container';
  return warning(`v${version}, without ${missing.join(', ')}: limits of pods are not kept`, fix);
};

const mtu = ({ uplink, bridgeMtu }: HostView): Verdict => {
  if (uplink === undefined) return warning('no interface has a default route', 'ip route');
  const { name, mtu: size } = uplink;
  if (size < LEAST_MTU) return warning(`${name} has ${size}: too little for IPv6`, `ip link set ${name} mtu 1500`);
  if (bridgeMtu <= size) return passed(`${name} has ${size}`);
  const message = `network.bridge.mtu is ${bridgeMtu}, and ${name} has ${size}: what pods send would not fit`;
  return warning(message, 'leave network.bridge.mtu at 0, which takes that of the uplink');
};

const disk = ({ disk: { path, freeBytes, totalBytes } }: HostView): Verdict => {
  const message = `${path}: ${(freeBytes / GIB).toFixed(1)} of ${(totalBytes / GIB).toFixed(1)} GiB are free`;
  if (freeBytes >= LEAST_FREE * totalBytes) return passed(message);
  return warning(`${message}: the Node will have DiskPressure`, `df -h ${path}; docker system df`);
};

const timeSync = ({ isTimeSynchronized }: HostView): Verdict => {
  if (isTimeSynchronized === true) return passed('the clock is synchronized');
  const what =
    isTimeSynchronized === false
      ? 'the clock is not synchronized'
      : 'nobody here tells whether the clock is synchronized';
  return warning(`${what}: certificates and tokens are valid by it`, 'timedatectl set-ntp true');
};
