import { test } from 'tap';
import { phaseOf } from '../../../../daemon/pods/status/phase.ts';
import type { ContainerStatus } from '../../../../daemon/pods/v1.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

const aStatus = (more: Partial<ContainerStatus>): ContainerStatus => ({
  name: 'main',
  image: 'app:1',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...more,
});
const running = aStatus({ state: { running: {} } });
const creating = aStatus({ state: { waiting: { reason: 'ContainerCreating' } } });
const exited = (exitCode: number) => aStatus({ state: { terminated: { exitCode } } });
const crashing = aStatus({ state: { waiting: {} }, lastState: { terminated: { exitCode: 1 } } });

/** `isOver` is what the planner says: that nothing will be started again. */
const phase = (
  mains: ContainerStatus[],
  isOver = false,
  inits: ContainerStatus[] = [],
  sidecars: string[] = [],
): string =>
  phaseOf({
    pod: aPod({
      initContainers: inits.map((s) =>
        aContainer(s.name, sidecars.includes(s.name) ? { restartPolicy: 'Always' } : {}),
      ),
      containers: mains.map((s) => aContainer(s.name)),
    }),
    inits,
    mains,
    isInitialized: mains.some((s) => s.state?.running !== undefined),
    isOver,
  });
const other = (status: ContainerStatus): ContainerStatus => ({ ...status, name: 'other' });
const init = (status: ContainerStatus): ContainerStatus => ({ ...status, name: 'init' });

test('a pod is pending until every container ran once', async (t) => {
  t.equal(phase([running, other(creating)]), 'Pending');
  t.equal(phase([running, other(running)]), 'Running');
});

test('a pod whose containers crash is running', async (t) => {
  t.equal(phase([crashing]), 'Running');
});

test('a pod whose containers all ended is judged by how, once nothing starts again', async (t) => {
  t.equal(phase([exited(0)]), 'Running');
  t.equal(phase([exited(0)], true), 'Succeeded');
  t.equal(phase([exited(0), other(exited(1))], true), 'Failed');
});

test('a pod is pending while its init containers run, and failed when one failed for good', async (t) => {
  t.equal(phase([creating], false, [init(running)]), 'Pending');
  t.equal(phase([creating], false, [init(exited(1))]), 'Pending');
  t.equal(phase([creating], true, [init(exited(1))]), 'Failed');
});

test('a pod is pending until its sidecars have started, and running as long as one of them runs', async (t) => {
  const started = { ...init(running), started: true };
  t.equal(phase([creating], false, [init(running)], ['init']), 'Pending');
  t.equal(phase([running], false, [init(running)], ['init']), 'Running', 'a sidecar that starts anew holds nothing up');
  t.equal(phase([exited(0)], true, [started], ['init']), 'Running');
});

test('how a sidecar ended does not matter to its pod', async (t) => {
  t.equal(phase([exited(0)], true, [init(exited(5))], ['init']), 'Succeeded');
  t.equal(phase([running], false, [init(crashing)], ['init']), 'Running');
});
