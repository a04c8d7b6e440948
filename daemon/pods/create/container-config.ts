import { posix } from 'node:path';
import { BootletError } from '../../errors.ts';
import type { ContainerConfig, Mount } from '../../runtime/runtime.ts';
import { label } from '../plan/labels.ts';
import type { PodSpec } from '../resources.ts';
import type { Container, Pod, VolumeMount } from '../v1.ts';
import type { DownwardFacts } from './downward.ts';
import { environmentOf, expand, type FileKeys } from './env.ts';
import type { PodFiles } from './pod-files.ts';
import { containerResources } from './resources.ts';
import { containerSecurity, type SecurityProfiles } from './security.ts';
import { volumeSource } from './volumes.ts';

export interface ContainerRequest {
  readonly spec: PodSpec;
  readonly container: Container;
  readonly attempt: number;
  readonly sandboxId: string;
  readonly image: { readonly id: string; readonly user: string };
  readonly fileKeys: FileKeys;
  readonly profiles: SecurityProfiles;
  readonly backoffSeconds: number;
}

export interface HostFacts extends DownwardFacts {
  /** bytes */
  readonly memoryCapacity: number;
  readonly logs: { readonly maxSizeBytes: number; readonly maxFiles: number };
}

/** All that the runtime needs to make one container. Pure. @throws BootletError E_CONTAINER_CONFIG */
export const containerConfig = (request: ContainerRequest, files: PodFiles, host: HostFacts): ContainerConfig => {
  const { spec, container, attempt, sandboxId } = request;
  const { pod } = spec;
  const env = environmentOf(pod, container, host, request.fileKeys);
  return {
    pod: { namespace: spec.namespace, name: spec.name, uid: spec.uid },
    sandboxId,
    container: container.name,
    attempt,
    image: request.image.id,
    ...(container.command === undefined ? {} : { command: container.command.map((word) => expand(word, env)) }),
    ...(container.args === undefined ? {} : { args: container.args.map((word) => expand(word, env)) }),
    ...(container.workingDir === undefined || container.workingDir === '' ? {} : { workingDir: container.workingDir }),
    env: [...env].map(([name, value]) => `${name}=${value}`),
    mounts: mountsOf(pod, container, attempt, files),
    pid: pod.spec.hostPID === true ? 'host' : pod.spec.shareProcessNamespace === true ? 'pod' : 'own',
    hostNetwork: pod.spec.hostNetwork === true,
    tty: container.tty === true,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    labels: {
      ...pod.metadata.labels,
      [label.sandboxId]: sandboxId,
      [label.gracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
      [label.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
      [label.backoff]: String(request.backoffSeconds),
    },
    security: containerSecurity(pod, container, request.image.user, request.profiles),
    resources: containerResources(pod, container, host.memoryCapacity),
    log: host.logs,
  };
};

const mountsOf = (pod: Pod, container: Container, attempt: number, files: PodFiles): readonly Mount[] => {
  const own = (container.volumeMounts ?? []).map((mount) => volumeMount(pod, container, mount, files));
  const taken = new Set(own.map((m) => m.target));
  const managed: readonly Mount[] = [
    bind(files.hosts, '/etc/hosts'),
    bind(files.resolvConf, '/etc/resolv.conf'),
    ...(pod.spec.hostNetwork === true ? [] : [bind(files.hostname, '/etc/hostname')]),
    ...(container.terminationMessagePath
      ? [bind(files.terminationLog(container.name, attempt), container.terminationMessagePath)]
      : []),
  ];
  return [...managed.filter((m) => !taken.has(m.target)), ...own];
};

const bind = (source: string, target: string): Mount => ({ source, target, readOnly: false, propagation: 'private' });

const volumeMount = (pod: Pod, container: Container, mount: VolumeMount, files: PodFiles): Mount => {
  const volume = pod.spec.volumes?.find((v) => v.name === mount.name);
  if (volume === undefined) {
    throw new BootletError(
      'E_CONTAINER_CONFIG',
      `container ${container.name} mounts ${mount.name}, which is no volume of the pod`,
      { retryable: false },
    );
  }
  return {
    source: volumeSource(volume, files),
    // A relative mount path counts from the root, as the kubelet has it.
    target: posix.resolve('/', mount.mountPath),
    readOnly: mount.readOnly === true,
    propagation: propagationOf(mount.mountPropagation),
  };
};

const propagationOf = (mode: string | undefined): Mount['propagation'] =>
  mode === 'HostToContainer' ? 'rslave' : mode === 'Bidirectional' ? 'rshared' : 'private';
