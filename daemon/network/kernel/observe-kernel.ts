import { BootletError } from '../../errors.ts';
import { type DefaultDevices, defaultDevices } from '../../host/default-devices.ts';
import { readHostNetwork } from '../../host/ip/host-network.ts';
import { isOfMachine } from '../../host/ip/links.ts';
import { type KernelModule, type ModuleState, moduleState } from '../../host/kernel-modules.ts';
import { type Originals, partsOf } from '../../host/ledger.ts';
import type { RunTool } from '../../host/run-tool.ts';
import { type SysctlFiles, sysctlName, sysctlPath } from '../../host/sysctls.ts';
import { readOwnedFile, type SeenFile } from '../owned-file.ts';
import type { NetworkSpec } from '../resources.ts';
import {
  acceptRaOf,
  forEveryBridge,
  forwardingOf,
  hasIPv6,
  IP_FORWARD,
  IPV6_FORWARDING,
  isOfInterface,
  isOptional,
  listenerOf,
  wantedSysctls,
} from './wanted-sysctls.ts';

/** Packets from one port of a bridge to another pass the packet filter, as services need it, only with this one. */
export const BR_NETFILTER: KernelModule = { name: 'br_netfilter', sign: 'proc/sys/net/bridge' };

/** The way out where a file may not be bootlet's. */
export const FILES_HINT =
  'make it writable, or set paths.sysctlFile and paths.modulesFile to files that the host reads when it starts';

export const MODULE_ENTRY = `module ${BR_NETFILTER.name}`;

export interface KernelOptions {
  readonly run: RunTool;
  readonly sysctls: SysctlFiles;
  /** Of the host: / */
  readonly root: string;
  readonly isStandalone: boolean;
  readonly configured: Readonly<Record<string, string>>;
  readonly sysctlFile: string;
  readonly modulesFile: string;
}

/** A sysctl as it is. */
export interface SeenSysctl {
  readonly value: string;
  /** What the kernel changes with it, as that is. */
  readonly besides: Readonly<Record<string, string>>;
}

export interface SeenKernel {
  readonly module: ModuleState;
  /** By path below /proc/sys. */
  readonly wanted: ReadonlyMap<string, string>;
  /** Of those, what was set once with the module: what others have made of it since is left. */
  readonly left: ReadonlySet<string>;
  /** By path, those that are wanted or were set earlier; without what this kernel does not have. */
  readonly sysctls: ReadonlyMap<string, SeenSysctl>;
  /** Those that are wanted, and those that were made earlier. */
  readonly files: readonly SeenFile[];
  readonly devices: DefaultDevices;
  /** What is looked at for advice only, by path. */
  readonly limits: ReadonlyMap<string, string>;
}

export const CONNTRACK_MAX = 'net/netfilter/nf_conntrack_max';
export const rpFilterOf = (device: string): string => `net/ipv4/conf/${device}/rp_filter`;

/**
 * Switching forwarding sets that of every interface too, and of IPv4 whether redirects are accepted (inet_forward_change() in
 * net/ipv4/devinet.c, addrconf_fixup_forwarding() in net/ipv6/addrconf.c).
 */
const besides = (path: string, sysctls: SysctlFiles): Readonly<Record<string, string>> => {
  if (path !== IP_FORWARD && path !== IPV6_FORWARDING) return {};
  const folder = path === IP_FORWARD ? 'net/ipv4/conf' : 'net/ipv6/conf';
  const changed = sysctls.names(folder).map((device) => `${folder}/${device}/forwarding`);
  if (path === IP_FORWARD) changed.push(`${folder}/all/accept_redirects`);
  return Object.fromEntries(
    changed.flatMap((other) => {
      const value = other === path ? undefined : sysctls.read(other);
      return value === undefined ? [] : [[other, value]];
    }),
  );
};

/** Sysctls that were set, by path. */
const enteredSysctls = (originals: Originals): readonly (readonly [path: string, entry: string])[] =>
  Object.entries(originals).flatMap(([entry, original]) => {
    const [path] = Object.keys(partsOf(original));
    return entry.startsWith('sysctl ') && path !== undefined ? [[path, entry] as const] : [];
  });

/**
 * Devices of the machine that listen to routers, whether one has spoken yet or not: it may be away while bootlet is set up,
 * or the cable. None where the host forwards by somebody else's will, so that they are deaf already; and never what leads
 * to containers or virtual machines, one of which could make itself the host's router.
 */
const quietListeners = async (
  { run, sysctls }: KernelOptions,
  spec: NetworkSpec,
  originals: Originals,
): Promise<readonly string[]> => {
  const entered = enteredSysctls(originals).map(([path]) => path);
  const isOwnForwarding = sysctls.read(IPV6_FORWARDING) === '0' || entered.includes(IPV6_FORWARDING);
  if (!isOwnForwarding || !hasIPv6(spec)) return [];
  const listening = sysctls.names('net/ipv6/conf').filter((device) => sysctls.read(acceptRaOf(device)) === '1');
  if (listening.length === 0) return [];
  const { links } = await readHostNetwork(run);
  const devices = links.filter((link) => isOfMachine(link) && link.master === undefined);
  return devices.map(({ name }) => name).filter((name) => listening.includes(name));
};

/** Interfaces that listened to routers before bootlet made the host forward, and those that do now. */
const routerListeners = async (
  options: KernelOptions,
  spec: NetworkSpec,
  devices: DefaultDevices,
  originals: Originals,
): Promise<readonly string[]> => {
  const kept = enteredSysctls(originals).flatMap(([path]) => listenerOf(path) ?? []);
  const ways = [...devices.ipv4, ...devices.ipv6, ...devices.advertised];
  const heard = ways.filter((device) => options.sysctls.read(acceptRaOf(device)) === '1');
  return [...new Set([...kept, ...heard, ...(await quietListeners(options, spec, originals))])];
};

/**
 * systemd-networkd for one sets forwarding of each interface that it manages. Where the host does not forward yet there is
 * no exception: switching it on sets all of them.
 */
const exceptions = (
  spec: NetworkSpec,
  devices: DefaultDevices,
  originals: Originals,
  sysctls: SysctlFiles,
): readonly string[] => {
  const kept = enteredSysctls(originals).flatMap(([path]) =>
    isOfInterface(path) && listenerOf(path) === undefined ? [path] : [],
  );
  const now = spec.ranges
    .filter(({ family }) => sysctls.read(family === 'ipv4' ? IP_FORWARD : IPV6_FORWARDING) === '1')
    .flatMap(({ family }) => [spec.bridge.name, ...devices[family]].map((device) => forwardingOf(family, device)))
    .filter((path) => sysctls.read(path) === '0');
  return [...new Set([...kept, ...now])];
};

const missingSysctl = (path: string): BootletError =>
  new BootletError('E_NETWORK_REFUSED', `this kernel has no sysctl ${sysctlName(path)}`, {
    hint:
      path === IPV6_FORWARDING
        ? 'leave the range of IPv6 out, or start the kernel with IPv6 (without ipv6.disable=1)'
        : 'remove it from network.sysctls, or load the module that brings it',
    retryable: false,
  });

/**
 * Reads the kernel and the two files; starts a process where the module is missing, and shares one where an interface may listen to routers.
 * @throws BootletError E_NETWORK_REFUSED for a sysctl or a module that this kernel does not have
 */
export const observeKernel = async (
  options: KernelOptions,
  spec: NetworkSpec | undefined,
  originals: Originals,
): Promise<SeenKernel> => {
  const { run, sysctls, root, isStandalone, configured, sysctlFile, modulesFile } = options;
  const module = await moduleState(BR_NETFILTER, run, root);
  if (spec !== undefined && module === 'none') {
    throw new BootletError(
      'E_NETWORK_REFUSED',
      `this kernel has no ${BR_NETFILTER.name}, without which pods of one host do not reach each other by a service`,
      {
        hint: "install the kernel's modules (linux-modules-extra, kernel-modules-extra, linux-image), and modprobe (kmod)",
        retryable: false,
      },
    );
  }
  const devices = defaultDevices(`${root}/proc/net`);
  const isOwnModule = module === 'loadable' || Object.hasOwn(originals, MODULE_ENTRY);
  // The file is written last.
  const isSetUp = module !== 'loadable' && Object.hasOwn(originals, sysctlFile);
  const chosen = new Set(Object.keys(configured).map(sysctlPath));
  const wanted =
    spec === undefined
      ? new Map<string, string>()
      : wantedSysctls({
          spec,
          routerListeners: await routerListeners(options, spec, devices, originals),
          exceptions: exceptions(spec, devices, originals, sysctls),
          isStandalone,
          isOwnModule,
          configured,
        });
  const seen = new Map<string, SeenSysctl>();
  for (const [path, value] of wanted) {
    const present = sysctls.read(path);
    if (present !== undefined) {
      seen.set(path, { value: present, besides: present === value ? {} : besides(path, sysctls) });
      continue;
    }
    if (isOptional(path)) continue;
    throw missingSysctl(path);
  }
  for (const [path] of enteredSysctls(originals)) {
    const value = sysctls.read(path);
    if (value !== undefined && !seen.has(path)) seen.set(path, { value, besides: {} });
  }
  const paths = new Set([sysctlFile, modulesFile, ...Object.keys(originals).filter((entry) => entry.startsWith('/'))]);
  const looked = [CONNTRACK_MAX, ...['all', ...devices.ipv4].map(rpFilterOf)];
  return {
    module,
    wanted,
    left: new Set(isOwnModule && isSetUp ? Object.keys(forEveryBridge).filter((path) => !chosen.has(path)) : []),
    sysctls: seen,
    files: await Promise.all([...paths].map(readOwnedFile)),
    devices,
    limits: new Map(
      looked.flatMap((path) => {
        const value = sysctls.read(path);
        return value === undefined ? [] : [[path, value] as const];
      }),
    ),
  };
};
