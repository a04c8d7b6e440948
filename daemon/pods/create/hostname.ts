import { BootletError } from '../../errors.ts';
import type { Pod } from '../v1.ts';

export interface PodHostname {
  /** The short name, as in /etc/hosts. */
  readonly name: string;
  /** `SUBDOMAIN.NAMESPACE.svc.CLUSTERDOMAIN`; empty without a subdomain. */
  readonly domain: string;
}

const LONGEST_NAME = 63;
/** What the kernel keeps of a host name. */
const LONGEST_NODENAME = 64;

/** hostnameOverride, else spec.hostname, else the pod's name, cut to what a host name may have (kubelet_pods.go GeneratePodHostNameAndDomain). */
export const hostnameOf = (pod: Pod, clusterDomain: string): PodHostname => {
  const { hostnameOverride, hostname, subdomain } = pod.spec;
  if (hostnameOverride !== undefined) return { name: truncated(hostnameOverride), domain: '' };
  const domain = subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '';
  return { name: truncated(hostname || pod.metadata.name), domain };
};

const truncated = (name: string): string =>
  name.length <= LONGEST_NAME ? name : name.slice(0, LONGEST_NAME).replace(/[-.]+$/, '');

/**
 * What the kernel of the pod gives as its host name (pkg/kubelet/util GetNodenameForKernel).
 * @throws BootletError E_CONTAINER_CONFIG when setHostnameAsFQDN asks for more than it can keep
 */
export const kernelHostname = (pod: Pod, clusterDomain: string): string => {
  const { name, domain } = hostnameOf(pod, clusterDomain);
  if (domain === '' || pod.spec.setHostnameAsFQDN !== true) return name;
  const full = `${name}.${domain}`;
  if (full.length <= LONGEST_NODENAME) return full;
  throw new BootletError(
    'E_CONTAINER_CONFIG',
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long (${LONGEST_NODENAME} characters is the max, ${full.length} characters requested)`,
    { retryable: false },
  );
};
