import { BootletError } from '../../errors.ts';
import type { ObservedContainer, PortMapping } from '../../runtime/runtime.ts';
import type { HostPort, PodNetwork } from '../../shared-resources.ts';
import { label } from '../plan/labels.ts';
import { podKey } from '../resources.ts';
import type { Pod } from '../v1.ts';
import { portMappings } from './port-mappings.ts';

/** The pod network that a sandbox was made for. It is read back from the sandbox, whose manifest may have changed or be gone. */
export interface SandboxNetwork {
  /** Undefined: the runtime's own. */
  readonly podCIDRs?: readonly string[];
  readonly bridge?: string;
  readonly hostPorts: 'runtime' | 'rules';
  readonly ports: readonly PortMapping[];
}

/**
 * For a pod that gets a sandbox now; undefined: the host's own network.
 * @throws BootletError E_INTERNAL while there is no pod network
 */
export const networkFor = (pod: Pod, network: PodNetwork | undefined): SandboxNetwork | undefined => {
  if (pod.spec.hostNetwork === true) return undefined;
  if (network?.state !== 'ready') throw new BootletError('E_INTERNAL', 'a sandbox without a pod network');
  const { podCIDRs, bridge, hostPorts } = network;
  return {
    ...(podCIDRs === undefined ? {} : { podCIDRs }),
    ...(bridge === undefined ? {} : { bridge }),
    hostPorts,
    ports: portMappings(pod),
  };
};

/** The value of its label. */
export const networkLabel = (network: SandboxNetwork): string => JSON.stringify(network);

/** Undefined where the sandbox tells nothing of it: it is in the host's network, or an earlier version made it. */
export const networkOf = ({ labels }: Pick<ObservedContainer, 'labels'>): SandboxNetwork | undefined => {
  const text = labels[label.podNetwork];
  // A label of the pod's author cannot hold JSON.
  return text?.startsWith('{') ? (JSON.parse(text) as SandboxNetwork) : undefined;
};

const PROTOCOLS = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' } as const;

/** What has to be made for a sandbox that runs, by rules. */
export const hostPortsOf = (sandbox: ObservedContainer): readonly HostPort[] => {
  const network = networkOf(sandbox);
  if (network?.hostPorts !== 'rules' || sandbox.ips.length === 0) return [];
  return network.ports.map(({ hostIP, hostPort, containerPort, protocol }) => ({
    pod: podKey(sandbox.pod),
    uid: sandbox.pod.uid,
    hostIP,
    hostPort,
    protocol: PROTOCOLS[protocol],
    podIPs: sandbox.ips,
    containerPort,
  }));
};
