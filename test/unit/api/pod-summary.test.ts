import { test } from 'tap';
import { summaryOf } from '../../../daemon/api/pod-summary.ts';
import type { ContainerState, ContainerStatus, Pod } from '../../../daemon/pods/v1.ts';
import { aContainer, aPod } from '../../support/pod-builders.ts';

const container = (state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: 'main',
  image: 'app:1',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  ...more,
});
const running = container({ running: {} }, { ready: true });
const ended = (exitCode: number, more = {}): ContainerStatus => container({ terminated: { exitCode, ...more } });

const pod = (status: NonNullable<Pod['status']>, spec = {}): Pod => ({ ...aPod(spec), status });
const wordOf = (status: NonNullable<Pod['status']>, spec = {}): string => summaryOf(pod(status, spec), 0).status;

test('a pod whose containers have nothing to say is in its phase', async (t) => {
  t.equal(wordOf({ phase: 'Running', containerStatuses: [running] }), 'Running');
  t.equal(wordOf({ phase: 'Failed', reason: 'Evicted' }), 'Evicted');
});

test('the first container that waits or has ended gives the word', async (t) => {
  const waiting = container({ waiting: { reason: 'CrashLoopBackOff' } });
  t.equal(wordOf({ phase: 'Running', containerStatuses: [running, waiting, ended(1)] }), 'CrashLoopBackOff');
  t.equal(wordOf({ phase: 'Running', containerStatuses: [ended(1, { reason: 'Error' })] }), 'Error');
  t.equal(wordOf({ phase: 'Running', containerStatuses: [ended(3)] }), 'ExitCode:3');
  t.equal(wordOf({ phase: 'Running', containerStatuses: [ended(0, { signal: 9 })] }), 'Signal:9');
});

test('one container that is through does not make the pod complete while another runs', async (t) => {
  const containerStatuses = [ended(0, { reason: 'Completed' }), running];
  t.equal(wordOf({ phase: 'Running', containerStatuses }), 'NotReady');
  const conditions = [{ type: 'Ready', status: 'True' }];
  t.equal(wordOf({ phase: 'Running', containerStatuses, conditions }), 'Running');
});

test('while init containers are on, their progress or trouble is the word', async (t) => {
  const spec = { initContainers: [aContainer('a'), aContainer('b')] };
  const done = ended(0, { reason: 'Completed' });
  const word = (...initContainerStatuses: ContainerStatus[]): string =>
    wordOf({ phase: 'Pending', initContainerStatuses }, spec);
  t.equal(word(done, container({ running: {} })), 'Init:1/2');
  t.equal(word(done, container({ waiting: { reason: 'PodInitializing' } })), 'Init:1/2');
  t.equal(word(container({ waiting: { reason: 'ErrImagePull' } })), 'Init:ErrImagePull');
  t.equal(word(ended(2)), 'Init:ExitCode:2');
  t.equal(word(done, done), 'Pending');
});

test('a pod that is being deleted terminates, unless it is over', async (t) => {
  const status = { phase: 'Running', containerStatuses: [running] };
  const deleted = (phase: string): Pod => {
    const { metadata, ...rest } = pod({ ...status, phase });
    return { ...rest, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  };
  t.equal(summaryOf(deleted('Running'), 0).status, 'Terminating');
  t.equal(summaryOf(deleted('Succeeded'), 0).status, 'Succeeded');
});

test('restarts are counted over the containers, with the age of the latest end', async (t) => {
  const restarted = (restartCount: number, finishedAt: string): ContainerStatus => ({
    ...running,
    restartCount,
    lastState: { terminated: { exitCode: 1, finishedAt } },
  });
  const containerStatuses = [restarted(2, '1970-01-01T00:00:10Z'), restarted(1, '1970-01-01T00:00:30Z')];
  const { restarts, readyContainers, containers } = summaryOf(
    pod({ phase: 'Running', containerStatuses }, { containers: [aContainer('a'), aContainer('b')] }),
    90_000,
  );
  t.same({ restarts, readyContainers, containers }, { restarts: '3 (60s ago)', readyContainers: 2, containers: 2 });
});
