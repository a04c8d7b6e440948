import { test } from 'tap';
import { phaseOf } from '../../../../daemon/pods/status/phase.ts';
import type { ContainerStatus } from '../../../../daemon/pods/v1.ts';
import { aPod } from '../../../support/pod-builders.ts';

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

const phase = (mains: ContainerStatus[], restartPolicy = 'Always', inits: ContainerStatus[] = []): string =>
  phaseOf(aPod({ restartPolicy }), inits, mains);

test('a pod is pending until every container ran once', async (t) => {
  t.equal(phase([running, creating]), 'Pending');
  t.equal(phase([running, running]), 'Running');
});

test('a pod whose containers crash is running', async (t) => {
  t.equal(phase([crashing]), 'Running');
});

test('a pod whose containers all ended is judged by its restart policy', async (t) => {
  t.equal(phase([exited(0)], 'Always'), 'Running');
  t.equal(phase([exited(0)], 'OnFailure'), 'Succeeded');
  t.equal(phase([exited(1)], 'OnFailure'), 'Running');
  t.equal(phase([exited(0), exited(1)], 'Never'), 'Failed');
});

test('a pod is pending while its init containers run, and failed when one failed for good', async (t) => {
  t.equal(phase([creating], 'Always', [running]), 'Pending');
  t.equal(phase([creating], 'OnFailure', [exited(1)]), 'Pending');
  t.equal(phase([creating], 'Never', [exited(1)]), 'Failed');
});
