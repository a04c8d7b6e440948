import { BootletError } from '../../errors.ts';
import type { PortMapping, SandboxConfig } from '../../runtime/runtime.ts';
import { label } from '../plan/labels.ts';
import type { PodSpec } from '../resources.ts';
import type { Container } from '../v1.ts';
import { kernelHostname } from './hostname.ts';
import { sandboxResources } from './resources.ts';
import { sysctlsOf } from './sysctls.ts';

export interface SandboxRequest {
  readonly spec: PodSpec;
  readonly attempt: number;
  readonly pauseImage: string;
  readonly clusterDomain: string;
  /** When the pod was seen first, ms since the epoch. */
  readonly seenAt: number;
  /** Of the pod, which its containers read from the sandbox's label. */
  readonly cgroupParent: string | undefined;
}

/** All that the runtime needs to make a pod's sandbox. Pure. @throws BootletError E_CONTAINER_CONFIG */
export const sandboxConfig = ({
  spec,
  attempt,
  pauseImage,
  clusterDomain,
  seenAt,
  cgroupParent,
}: SandboxRequest): SandboxConfig => {
  const { pod } = spec;
  if (pod.spec.hostUsers === false)
    throw new BootletError(
      'E_CONTAINER_CONFIG',
      "can't set `spec.hostUsers: false`, runtime does not support user namespaces",
      { retryable: false },
    );
  const hostNetwork = pod.spec.hostNetwork === true;
  return {
    pod: { namespace: spec.namespace, name: spec.name, uid: spec.uid },
    attempt,
    image: pauseImage,
    hostname: kernelHostname(pod, clusterDomain),
    network: hostNetwork ? 'host' : 'pod',
    hostPID: pod.spec.hostPID === true,
    hostIPC: pod.spec.hostIPC === true,
    ports: hostNetwork ? [] : portMappings(pod.spec.containers ?? []),
    sysctls: sysctlsOf(pod),
    labels: {
      ...pod.metadata.labels,
      [label.podSeenAt]: String(seenAt),
      ...(cgroupParent === undefined ? {} : { [label.cgroupParent]: cgroupParent }),
    },
    ...(cgroupParent === undefined ? {} : { cgroupParent }),
    security: { seccomp: 'runtime-default' },
    resources: sandboxResources(),
  };
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
