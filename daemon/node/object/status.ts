import type { ContainerImage, NodeCondition, NodeStatus, NodeSystemInfo } from 'kubernetes-types/core/v1.d.ts';
import type { HostFacts } from '../../host/facts/facts.ts';
import { gitVersion } from '../../kubernetes/version.ts';
import { nodeAddresses } from './addresses.ts';
import { type Amounts, resourceList } from './amounts.ts';
import { type Health, nodeConditions } from './conditions.ts';

/** All that the status of the Node is made from. */
export interface StatusInputs {
  readonly nodeName: string;
  /** bootlet's. */
  readonly version: string;
  readonly facts: HostFacts;
  readonly hostIPs: readonly string[];
  readonly capacity: Amounts;
  readonly allocatable: Amounts;
  /** '' before it answered. */
  readonly runtime: { readonly name: string; readonly version: string };
  /** Undefined before they were listed: what the Node has of them stays. */
  readonly images: readonly ContainerImage[] | undefined;
  readonly health: Health;
}

/** The parts of the status that are this host's to write, as kubernetes-types has them and as Kubernetes 1.36 has them beside. */
export type OwnStatus = Required<Pick<NodeStatus, 'addresses' | 'capacity' | 'allocatable' | 'conditions'>> & {
  readonly images?: ContainerImage[];
  readonly nodeInfo: NodeSystemInfo & { readonly swap?: { readonly capacity: number } };
};

/**
 * The status of the Node as the kubelet has it (pkg/kubelet/nodestatus). There is no daemonEndpoints in it: nothing
 * listens on port 10250.
 * @param before conditions that the Node has
 */
export const ownStatus = (inputs: StatusInputs, before: readonly NodeCondition[], now: number): OwnStatus => ({
  capacity: resourceList(inputs.capacity),
  allocatable: resourceList(inputs.allocatable),
  conditions: nodeConditions(inputs.health, before, now),
  addresses: nodeAddresses(inputs.hostIPs, inputs.nodeName),
  nodeInfo: nodeInfo(inputs),
  ...(inputs.images && { images: [...inputs.images] }),
});

const nodeInfo = ({ facts, version, runtime }: StatusInputs): OwnStatus['nodeInfo'] => {
  const { machineID, systemUUID, bootID, kernelVersion, osImage, architecture, swapBytes } = facts;
  return {
    machineID,
    systemUUID,
    bootID,
    kernelVersion,
    osImage,
    containerRuntimeVersion: `${runtime.name}://${runtime.version || 'Unknown'}`,
    kubeletVersion: gitVersion(version),
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture,
    ...(swapBytes > 0 && { swap: { capacity: swapBytes } }),
  };
};
