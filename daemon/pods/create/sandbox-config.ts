import { BootletError } from '../../errors.ts';
import type { SandboxConfig } from '../../runtime/runtime.ts';
import { networkLabel, type SandboxNetwork } from '../network/sandbox-network.ts';
import { label } from '../plan/labels.ts';
import type { PodSpec } from '../resources.ts';
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
  /** Undefined: the host's own. */
  readonly network: SandboxNetwork | undefined;
}

/** All that the runtime needs to make a pod's sandbox. Pure. @throws BootletError E_CONTAINER_CONFIG */
export const sandboxConfig = ({
  spec,
  attempt,
  pauseImage,
  clusterDomain,
  seenAt,
  cgroupParent,
  network,
}: SandboxRequest): SandboxConfig => {
  const { pod } = spec;
  if (pod.spec.hostUsers === false)
    throw new BootletError(
      'E_CONTAINER_CONFIG',
      "can't set `spec.hostUsers: false`, runtime does not support user namespaces",
      { retryable: false },
    );
  return {
    pod: { namespace: spec.namespace, name: spec.name, uid: spec.uid },
    attempt,
    image: pauseImage,
    hostname: kernelHostname(pod, clusterDomain),
    network: network === undefined ? 'host' : 'pod',
    ...(network?.bridge === undefined ? {} : { bridge: network.bridge }),
    hostPID: pod.spec.hostPID === true,
    hostIPC: pod.spec.hostIPC === true,
    ports: network?.hostPorts === 'runtime' ? network.ports : [],
    sysctls: sysctlsOf(pod),
    labels: {
      ...pod.metadata.labels,
      [label.podSeenAt]: String(seenAt),
      ...(cgroupParent === undefined ? {} : { [label.cgroupParent]: cgroupParent }),
      ...(network === undefined ? {} : { [label.podNetwork]: networkLabel(network) }),
    },
    ...(cgroupParent === undefined ? {} : { cgroupParent }),
    security: { seccomp: 'runtime-default' },
    resources: sandboxResources(),
  };
};
