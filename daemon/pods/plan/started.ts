import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { Container } from '../v1.ts';
import { isRunning, type PodView } from './observed.ts';

/** Whether a run of a container counts as started: what waits for a sidecar waits for this, and it is `started` in the status. */
export const hasStarted = (view: PodView, container: Container, run: ObservedContainer): boolean =>
  isRunning(run) &&
  !isBeingStarted(view, container, run) &&
  (container.startupProbe === undefined || view.probe(run.id, 'startup')?.result === 'success');

/**
 * A postStart hook belongs to the start of its container: until it has succeeded the container is neither shown as
 * running nor probed, and those after it wait. One that fails ends the container (pkg/kubelet/kuberuntime
 * startContainer).
 */
export const isBeingStarted = (
  view: Pick<PodView, 'hook'>,
  { lifecycle }: Container,
  run: ObservedContainer,
): boolean =>
  isRunning(run) && lifecycle?.postStart !== undefined && view.hook(run.id, 'postStart')?.state !== 'succeeded';
