import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { Container, Pod } from '../v1.ts';
import { label } from './labels.ts';
import { initContainersOf } from './observed.ts';

/** Whether an init container is a sidecar: one that runs beside those that follow (pkg/api/v1/pod IsRestartableInitContainer). */
export const isSidecar = (initContainer: Container): boolean => initContainer.restartPolicy === 'Always';

/** Whether a container is one of the pod's init containers, sidecars among them. */
export const isInit = (pod: Pod, { name }: Pick<Container, 'name'>): boolean =>
  initContainersOf(pod).some((c) => c.name === name);

/** A container's place in its pod, as its label tells it: enough to end a pod in order whose manifest is gone. */
export const roleOf = (pod: Pod, name: string): string => {
  const inits = initContainersOf(pod);
  const index = inits.findIndex((c) => c.name === name);
  const init = inits[index];
  if (init === undefined) return 'main';
  return isSidecar(init) ? `sidecar-${index}` : 'init';
};

/** Place of a sidecar among the init containers; undefined for what is none. */
export const sidecarIndex = (run: ObservedContainer): number | undefined => {
  const [, index] = /^sidecar-(\d+)$/.exec(run.labels[label.role] ?? '') ?? [];
  return index === undefined ? undefined : Number(index);
};

export const isMain = (run: ObservedContainer): boolean => (run.labels[label.role] ?? 'main') === 'main';
