import type { ContainerConfig, Mount } from '../../runtime/runtime.ts';
import { preStopLabels } from '../hooks/handler.ts';
import { label } from '../plan/labels.ts';
import { roleOf } from '../plan/role.ts';
import type { PodSpec } from '../resources.ts';
import type { Container } from '../v1.ts';
import type { DownwardFacts } from './downward.ts';
import { expand } from './env.ts';
import { containerResources } from './resources.ts';
import { containerSecurity, type SecurityProfiles } from './security.ts';

export interface ContainerRequest {
  readonly spec: PodSpec;
  readonly container: Container;
  readonly attempt: number;
  readonly sandboxId: string;
  readonly image: { readonly id: string; readonly ref: string; readonly user: string };
  /** Its variables, in order. */
  readonly env: ReadonlyMap<string, string>;
  readonly profiles: SecurityProfiles;
  readonly backoffSeconds: number;
  readonly life: number;
  /** The pod's control group, as the runtime's driver names it. */
  readonly cgroupParent: string | undefined;
  readonly mounts: readonly Mount[];
}

export interface HostFacts extends DownwardFacts {
  /** bytes */
  readonly memoryCapacity: number;
  /** Folders in which the processors tell of being throttled. */
  readonly thermalThrottle: readonly string[];
  readonly logs: { readonly maxSizeBytes: number; readonly maxFiles: number };
}

/** All that the runtime needs to make one container. Pure. @throws BootletError E_CONTAINER_CONFIG */
export const containerConfig = (request: ContainerRequest, host: HostFacts): ContainerConfig => {
  const { spec, container, attempt, sandboxId, env, mounts } = request;
  const { pod } = spec;
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
    mounts,
    pid: pod.spec.hostPID === true ? 'host' : pod.spec.shareProcessNamespace === true ? 'pod' : 'own',
    hostNetwork: pod.spec.hostNetwork === true,
    tty: container.tty === true,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    labels: {
      ...pod.metadata.labels,
      ...preStopLabels(container),
      [label.sandboxId]: sandboxId,
      [label.gracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
      [label.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
      [label.backoff]: String(request.backoffSeconds),
      [label.role]: roleOf(pod, container.name),
      [label.life]: String(request.life),
      [label.recursiveReadOnly]: String(mounts.some((mount) => mount.recursiveReadOnly)),
      [label.image]: container.image ?? '',
      [label.imageRef]: request.image.ref,
    },
    ...(request.cgroupParent === undefined ? {} : { cgroupParent: request.cgroupParent }),
    security: containerSecurity(pod, container, request.image.user, request.profiles, host.thermalThrottle),
    resources: containerResources(pod, container, host.memoryCapacity),
    log: host.logs,
  };
};
