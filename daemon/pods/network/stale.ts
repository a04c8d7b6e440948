import { containsAddress, parseCidr } from '../../host/ip/cidr.ts';
import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { PodNetwork } from '../../shared-resources.ts';
import type { Pod } from '../v1.ts';
import { portMappings } from './port-mappings.ts';
import { networkOf } from './sandbox-network.ts';

/**
 * Why the network of a sandbox that runs is no longer the pods', so that it has to be made anew; undefined: it is. One
 * that was made for the very network it is not in is left: another would be no better. One without any address gets
 * another sandbox, as from the kubelet (podSandboxChanged in pkg/kubelet/kuberuntime): it was taken off its network.
 */
export const whyStale = (network: PodNetwork | undefined, pod: Pod, sandbox: ObservedContainer): string | undefined => {
  if (network?.state !== 'ready' || pod.spec.hostNetwork === true || sandbox.state !== 'running') return undefined;
  const { podCIDRs, hostPorts } = network;
  const madeFor = networkOf(sandbox);
  if (podCIDRs !== undefined && sandbox.ips.length === 0) return 'it has no address';
  const ranges = podCIDRs?.flatMap((cidr) => parseCidr(cidr) ?? []);
  const outside = sandbox.ips.find((ip) => ranges?.every((range) => !containsAddress(range, ip)));
  if (outside !== undefined && podCIDRs?.join() !== madeFor?.podCIDRs?.join())
    return `its address ${outside} is not of the pod network ${podCIDRs?.join(' and ')}`;
  const ports = madeFor?.ports ?? portMappings(pod);
  const madeBy = madeFor?.hostPorts ?? 'runtime';
  if (ports.length === 0 || madeBy === hostPorts) return undefined;
  return hostPorts === 'rules'
    ? 'its host ports are published by the container runtime, which no longer makes rules for them'
    : 'its host ports are made by rules, and are to be published by the container runtime';
};
