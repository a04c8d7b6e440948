import { test } from 'tap';
import { PodEvents } from '../../../../daemon/pods/record/pod-events.ts';
import type { ContainerState, Pod } from '../../../../daemon/pods/v1.ts';
import { reportChanges } from '../../../../daemon/pods/worker/status-events.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

type Status = NonNullable<Pod['status']>;

/** The events of a pod whose statuses follow one another. */
const eventsOf = (...statuses: readonly Status[]) => {
  const ring = new EventRing(new FakeClock());
  const events = new PodEvents(ring);
  let before: Pod | undefined;
  for (const status of statuses) {
    const after = { ...aPod({ initContainers: [aContainer('side')] }), status };
    reportChanges(events, before, after, (container) => container === 'side');
    before = after;
  }
  return ring.list().map(({ reason, message, count, subject }) => ({ reason, message, count, at: subject.fieldPath }));
};

const waiting = (name: string, reason: string, containerID = 'docker://1') => ({
  name,
  image: 'app:1',
  imageID: '',
  ready: false,
  restartCount: 0,
  containerID,
  state: { waiting: { reason } },
});

test('a container that begins to back off is reported, once for each of its ends', async (t) => {
  const status = (id: string) => ({ initContainerStatuses: [waiting('side', 'CrashLoopBackOff', id)] });
  const message = 'Back-off restarting failed container side in pod web-n_default(uid-1)';
  t.same(eventsOf(status('1'), status('1'), status('2')), [
    { reason: 'BackOff', message, count: 2, at: 'spec.initContainers{side}' },
  ]);
});

test('a sidecar that ended well and backs off is reported, once for each of its ends, though it is shown as ended', async (t) => {
  const status = (id: string, state: ContainerState): Status => ({
    initContainerStatuses: ['side', 'init'].map((name) => ({ ...waiting(name, '', id), state })),
  });
  const end: ContainerState = { terminated: { exitCode: 0 } };
  const message = 'Back-off restarting failed container side in pod web-n_default(uid-1)';
  t.same(eventsOf(status('1', { running: {} }), status('1', end), status('1', end), status('2', end)), [
    { reason: 'BackOff', message, count: 2, at: 'spec.initContainers{side}' },
  ]);
});

test('a container that cannot have its image is reported by the reason', async (t) => {
  const status = { containerStatuses: [waiting('main', 'ErrImageNeverPull')] };
  t.same(eventsOf(status, status), [
    { reason: 'Failed', message: 'Error: ErrImageNeverPull', count: 1, at: 'spec.containers{main}' },
  ]);
});

test('a deadline that is exceeded is reported once, of the pod', async (t) => {
  const status = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' };
  t.same(eventsOf({}, status, status), [{ reason: 'DeadlineExceeded', message: 'too long', count: 1, at: undefined }]);
});
