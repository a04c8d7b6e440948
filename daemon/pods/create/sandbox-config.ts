import type { PortMapping, SandboxConfig } from '../../runtime/runtime.ts';
import type { PodSpec } from '../resources.ts';
import type { Container, Pod } from '../v1.ts';
import { sandboxResources } from './resources.ts';

export const sandboxConfig = (spec: PodSpec, attempt: number, pauseImage: string): SandboxConfig => {
  const { pod } = spec;
  const hostNetwork = pod.spec.hostNetwork === true;
  return {
    pod: { namespace: spec.namespace, name: spec.name, uid: spec.uid },
    attempt,
    image: pauseImage,
    hostname: hostnameOf(pod),
    network: hostNetwork ? 'host' : 'pod',
    hostPID: pod.spec.hostPID === true,
    hostIPC: pod.spec.hostIPC === true,
    ports: hostNetwork ? [] : portMappings(pod.spec.containers ?? []),
    sysctls: {},
    labels: pod.metadata.labels ?? {},
    security: { seccomp: 'runtime-default' },
    resources: sandboxResources(),
  };
};

/** spec.hostname, else the pod's name, cut to what the kernel takes (kubelet_pods.go GeneratePodHostNameAndDomain). */
export const hostnameOf = (pod: Pod): string => {
  const name = pod.spec.hostname || (pod.metadata.name ?? '');
  return name.slice(0, 63).replace(/[-.]+$/, '');
};

const portMappings = (containers: readonly Container[]): readonly PortMapping[] =>
  containers.flatMap((c) =>
    (c.ports ?? []).flatMap((p) =>
      p.hostPort === undefined || p.hostPort === 0
        ? []
        : [
            {
              hostIP: p.hostIP ?? '',
              hostPort: p.hostPort,
              containerPort: p.containerPort,
              protocol: protocolOf(p.protocol),
            },
          ],
    ),
  );

const protocolOf = (protocol: string | undefined): PortMapping['protocol'] =>
  protocol === 'UDP' ? 'udp' : protocol === 'SCTP' ? 'sctp' : 'tcp';
