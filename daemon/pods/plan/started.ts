import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { Container } from '../v1.ts';
import { isRunning, type PodView } from './observed.ts';

/** Whether a run of a container counts as started: what waits for a sidecar waits for this, and it is `started` in the status. */
export const hasStarted = (view: PodView, container: Container, run: ObservedContainer): boolean =>
  isRunning(run) && (container.startupProbe === undefined || view.probe(run.id, 'startup')?.result === 'success');
