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
/** A longer one makes some resolvers abort. */
const MAX_DOMAIN_CHARS = 253;
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
    // One domain with and without its final dot counts once.
    searches: (fields.findLast((f) => f[0] === 'search')?.slice(1) ?? []).flatMap((domain) =>
      domain === '.' ? [] : [domain.replace(/\.$/, '')],
    ),
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

/** What a user should know of a pod's resolver, as an event. */
export interface DNSWarning {
  readonly reason: 'DNSConfigForming' | 'MissingClusterDNS';
  readonly message: string;
}

export interface PodResolver {
  /** The content of resolv.conf. */
  readonly text: string;
  readonly warnings: readonly DNSWarning[];
}

/** resolv.conf of a pod by dnsPolicy and dnsConfig (pkg/kubelet/network/dns). ClusterFirst without cluster servers, or with the host's network, falls back to Default. */
export const resolvConf = (pod: Pod, host: Resolver, cluster: ClusterDNS): PodResolver => {
  const base = baseResolver(pod, host, cluster);
  const extra = pod.spec.dnsConfig;
  const wanted = {
    nameservers: unique([...base.nameservers, ...(extra?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(extra?.searches ?? [])]),
  };
  const nameservers = wanted.nameservers.slice(0, MAX_NAMESERVERS);
  const searches = capSearches(wanted.searches);
  const options = mergeOptions(
    base.options,
    (extra?.options ?? []).map((o) => (o.value ? `${o.name}:${o.value}` : (o.name ?? ''))),
  );
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...nameservers.map((n) => `nameserver ${n}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return {
    text: lines.map((l) => `${l}\n`).join(''),
    warnings: [
      ...(usesCluster(pod) && cluster.servers.length === 0 ? [MISSING_CLUSTER_DNS] : []),
      ...omitted('nameservers', wanted.nameservers, nameservers),
      ...omitted('search domains', wanted.searches, searches),
    ],
  };
};

const MISSING_CLUSTER_DNS: DNSWarning = {
  reason: 'MissingClusterDNS',
  message: 'no cluster DNS is configured (pods.clusterDNS), so that dnsPolicy ClusterFirst falls back to Default',
};

const omitted = (what: string, wanted: readonly string[], kept: readonly string[]): readonly DNSWarning[] =>
  kept.length === wanted.length
    ? []
    : [{ reason: 'DNSConfigForming', message: `there are too many ${what}; applied are only: ${kept.join(' ')}` }];

const policyOf = (pod: Pod): string => pod.spec.dnsPolicy ?? 'ClusterFirst';

const usesCluster = (pod: Pod): boolean =>
  policyOf(pod) === 'ClusterFirstWithHostNet' || (policyOf(pod) === 'ClusterFirst' && pod.spec.hostNetwork !== true);

const baseResolver = (pod: Pod, host: Resolver, cluster: ClusterDNS): Resolver => {
  if (policyOf(pod) === 'None') return { nameservers: [], searches: [], options: [] };
  if (!usesCluster(pod) || cluster.servers.length === 0) return host;
  const domains = [`${pod.metadata.namespace}.svc.${cluster.domain}`, `svc.${cluster.domain}`, cluster.domain];
  return { nameservers: cluster.servers, searches: [...domains, ...host.searches], options: CLUSTER_OPTIONS };
};

const unique = (list: readonly string[]): readonly string[] => [...new Set(list)];

const capSearches = (searches: readonly string[]): readonly string[] => {
  const kept: string[] = [];
  for (const search of searches.slice(0, MAX_SEARCHES)) {
    if (search.length > MAX_DOMAIN_CHARS) continue;
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
