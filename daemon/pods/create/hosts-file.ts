import type { Pod } from '../v1.ts';
import type { PodHostname } from './hostname.ts';

const LOCAL = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** /etc/hosts of a pod, as the kubelet manages it (kubelet_pods.go): the host's own for hostNetwork, else a small one with the pod's addresses; hostAliases below. */
export const hostsFile = (
  pod: Pod,
  { name, domain }: PodHostname,
  podIPs: readonly string[],
  hostsOfHost: string,
): string => {
  const names = domain === '' ? name : `${name}.${domain}\t${name}`;
  const base =
    pod.spec.hostNetwork === true
      ? `# Kubernetes-managed hosts file (host network).\n${hostsOfHost}`
      : `${['# Kubernetes-managed hosts file.', ...LOCAL, ...podIPs.map((ip) => `${ip}\t${names}`)].join('\n')}\n`;
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`);
  return aliases.length === 0 ? base : `${base}\n# Entries added by HostAliases.\n${aliases.join('\n')}\n`;
};
