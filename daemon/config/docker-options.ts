import { isMap, type Json } from '../host/json-value.ts';
import { didYouMean } from './closest.ts';
import { anything, type Field, map, type Report } from './field.ts';
import type { Tree } from './tree.ts';

type Type = 'a boolean' | 'a whole number' | 'text' | 'a list of texts' | 'a map of texts' | 'a map';

/** The keys of daemon.json whose type is known, Docker 20.10 to 29 (moby daemon/config). Others are left to dockerd. */
const types: Readonly<Record<string, Type>> = {
  'authorization-plugins': 'a list of texts',
  'cgroup-parent': 'text',
  containerd: 'text',
  'data-root': 'text',
  debug: 'a boolean',
  'default-cgroupns-mode': 'text',
  'default-ipc-mode': 'text',
  'default-runtime': 'text',
  'default-shm-size': 'text',
  'default-ulimits': 'a map',
  dns: 'a list of texts',
  'dns-opts': 'a list of texts',
  'dns-search': 'a list of texts',
  'exec-opts': 'a list of texts',
  'exec-root': 'text',
  experimental: 'a boolean',
  features: 'a map',
  group: 'text',
  hosts: 'a list of texts',
  icc: 'a boolean',
  init: 'a boolean',
  'insecure-registries': 'a list of texts',
  ip: 'text',
  'ip-forward': 'a boolean',
  'ip-masq': 'a boolean',
  ip6tables: 'a boolean',
  iptables: 'a boolean',
  ipv6: 'a boolean',
  bip: 'text',
  bridge: 'text',
  'fixed-cidr': 'text',
  'fixed-cidr-v6': 'text',
  labels: 'a list of texts',
  'live-restore': 'a boolean',
  'log-driver': 'text',
  'log-level': 'text',
  'log-opts': 'a map of texts',
  'max-concurrent-downloads': 'a whole number',
  'max-concurrent-uploads': 'a whole number',
  'max-download-attempts': 'a whole number',
  mtu: 'a whole number',
  'no-new-privileges': 'a boolean',
  'oom-score-adjust': 'a whole number',
  pidfile: 'text',
  proxies: 'a map of texts',
  'registry-mirrors': 'a list of texts',
  runtimes: 'a map',
  'seccomp-profile': 'text',
  'selinux-enabled': 'a boolean',
  'shutdown-timeout': 'a whole number',
  'storage-driver': 'text',
  'storage-opts': 'a list of texts',
  'userland-proxy': 'a boolean',
  'userland-proxy-path': 'text',
  'userns-remap': 'text',
};

const ATTACHED = 'bootlet sets it from network.podCIDRs, network.bridge and network.docker.attach';
const FILTERED = 'bootlet makes the rules of the packet filter itself';

/** Keys that are bootlet's alone, and where else they come from. */
const owned: Readonly<Record<string, string>> = {
  bridge: ATTACHED,
  bip: ATTACHED,
  bip6: ATTACHED,
  'fixed-cidr': ATTACHED,
  'fixed-cidr-v6': ATTACHED,
  'default-gateway': ATTACHED,
  'default-gateway-v6': ATTACHED,
  ipv6: ATTACHED,
  mtu: 'set network.bridge.mtu',
  iptables: FILTERED,
  ip6tables: FILTERED,
  'ip-masq': 'set network.masquerade',
  icc: FILTERED,
  'userland-proxy': 'host ports of pods are made by rules',
  hosts: 'set runtime.docker.endpoint, and the socket in daemon.json by hand',
};

const PROXIES = ['http-proxy', 'https-proxy', 'no-proxy'];

const isText = (value: unknown): boolean => typeof value === 'string';

const accepts: Readonly<Record<Type, (value: unknown) => boolean>> = {
  'a boolean': (value) => typeof value === 'boolean',
  'a whole number': Number.isSafeInteger,
  text: isText,
  'a list of texts': (value) => Array.isArray(value) && value.every(isText),
  'a map of texts': (value) => isMap(value) && Object.values(value).every(isText),
  'a map': isMap,
};

/** What is wrong with the value of a key of daemon.json, as far as is known: `must be a boolean`. */
export const dockerOptionFault = (key: string, value: unknown): string | undefined => {
  const type = Object.hasOwn(types, key) ? types[key] : undefined;
  if (type === undefined) return undefined;
  return accepts[type](value) ? undefined : `must be ${type}`;
};

const checkProxies = (proxies: unknown, at: Tree['at'], path: string, report: Report): void => {
  for (const name of isMap(proxies) ? Object.keys(proxies) : []) {
    if (!PROXIES.includes(name)) report(at, `${path}.${name}`, `unknown key${didYouMean(name, PROXIES)}`);
  }
};

const options = map(anything);

/** Keys for daemon.json of the user's own choice. What bootlet sets itself is refused by name. */
export const dockerOptions: Field<Readonly<Record<string, Json>>> = {
  fallback: options.fallback,
  read(tree, path, report) {
    const values = options.read(tree, path, report);
    if (tree.kind !== 'map') return values;
    for (const [key, { at }] of tree.entries) {
      const reason = Object.hasOwn(owned, key) ? owned[key] : undefined;
      const fault = reason === undefined ? dockerOptionFault(key, values[key]) : `may not be set here: ${reason}`;
      if (fault !== undefined) report(at, `${path}.${key}`, fault);
      else if (key === 'proxies') checkProxies(values[key], at, `${path}.${key}`, report);
    }
    return values;
  },
};
