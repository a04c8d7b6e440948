import type { Pod } from '../v1.ts';

export interface Resolver {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface ClusterDNS {
  readonly servers: readonly string[];
  readonly domain: string;
}

/** Caps of pkg/apis/core/validation and the kubelet's dns configurer. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARS = 2048;
const CLUSTER_OPTIONS = ['ndots:5'];

/** Reads resolv.conf as the kubelet does: the last search line counts, options add up. */
export const parseResolvConf = (text: string): Resolver => {
  const lines = text
    .split('\n')
    .map((l) => l.trim())
    .filter((l) => l !== '' && !/^[#;]/.test(l));
  const fields = lines.map((l) => l.split(/\s+/));
  return {
    nameservers: fields.filter((f) => f[0] === 'nameserver').flatMap((f) => f.slice(1, 2)),
    searches: fields.findLast((f) => f[0] === 'search')?.slice(1) ?? [],
    options: mergeOptions(
      [],
      fields.filter((f) => f[0] === 'options').flatMap((f) => f.slice(1)),
    ),
  };
};

/**
 * The resolver that pods take over from the host. A server on the host's loopback (systemd-resolved's 127.0.0.53) answers
 * nobody in a network of its own, so there it is the servers behind it, as kubeadm sets the kubelet's resolvConf.
 * @param read gives the text of a file, empty when there is none
 */
export const hostResolver = async (pod: Pod, read: (path: string) => Promise<string>): Promise<Resolver> => {
  const own = parseResolvConf(await read('/etc/resolv.conf'));
  if (pod.spec.hostNetwork === true || !own.nameservers.every(isLoopback)) return own;
  const behind = parseResolvConf(await read('/run/systemd/resolve/resolv.conf'));
  return behind.nameservers.length > 0 ? behind : own;
};

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** resolv.conf of a pod by dnsPolicy and dnsConfig (pkg/kubelet/network/dns). ClusterFirst without cluster servers, or with the host's network, falls back to Default. */
export const resolvConf = (pod: Pod, host: Resolver, cluster: ClusterDNS): string => {
  const base = baseResolver(pod, host, cluster);
  const extra = pod.spec.dnsConfig;
  const nameservers = unique([...base.nameservers, ...(extra?.nameservers ?? [])]).slice(0, MAX_NAMESERVERS);
  const searches = capSearches(unique([...base.searches, ...(extra?.searches ?? [])]));
  const options = mergeOptions(
    base.options,
    (extra?.options ?? []).map((o) => (o.value === undefined ? (o.name ?? '') : `${o.name}:${o.value}`)),
  );
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...nameservers.map((n) => `nameserver ${n}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return lines.map((l) => `${l}\n`).join('');
};

const baseResolver = (pod: Pod, host: Resolver, cluster: ClusterDNS): Resolver => {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { nameservers: [], searches: [], options: [] };
  const usesCluster =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && pod.spec.hostNetwork !== true);
  if (!usesCluster || cluster.servers.length === 0) return host;
  const namespace = pod.metadata.namespace ?? 'default';
  const domains = [`${namespace}.svc.${cluster.domain}`, `svc.${cluster.domain}`, cluster.domain];
  return { nameservers: cluster.servers, searches: [...domains, ...host.searches], options: CLUSTER_OPTIONS };
};

const unique = (list: readonly string[]): readonly string[] => [...new Set(list)];

const capSearches = (searches: readonly string[]): readonly string[] => {
  const kept: string[] = [];
  for (const search of searches.slice(0, MAX_SEARCHES)) {
    if ([...kept, search].join(' ').length > MAX_SEARCH_CHARS) break;
    kept.push(search);
  }
  return kept;
};

/** The pod's value of an option replaces the one before. */
const mergeOptions = (base: readonly string[], extra: readonly string[]): readonly string[] => {
  const byName = new Map<string, string>();
  for (const option of [...base, ...extra]) byName.set(option.split(':', 1)[0] ?? option, option);
  return [...byName.values()];
};
