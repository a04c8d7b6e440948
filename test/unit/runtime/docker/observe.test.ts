import { test } from 'tap';
import { negotiate } from '../../../../daemon/runtime/docker/engine.ts';
import { observedFrom, unreadFrom } from '../../../../daemon/runtime/docker/observe.ts';

/** What an inspect holds that bootlet reads, as API 1.41 gives it. */
const inspect = (state: object = {}, config: object = {}, more: object = {}) => ({
  Id: 'abc',
  Created: '2026-01-02T03:04:05.678901234Z',
  Image: 'sha256:1',
  LogPath: '',
  State: {
    Status: 'created',
    Pid: 0,
    ExitCode: 0,
    OOMKilled: false,
    Error: '',
    StartedAt: '0001-01-01T00:00:00Z',
    FinishedAt: '0001-01-01T00:00:00Z',
    ...state,
  },
  Config: {
    Image: 'etcd:1',
    Labels: {
      'io.bootlet.instance': 'x',
      'io.kubernetes.pod.name': 'etcd-n1',
      'io.kubernetes.pod.namespace': 'kube-system',
      'io.kubernetes.pod.uid': '0123',
      'io.kubernetes.container.name': 'etcd',
      'annotation.io.kubernetes.container.restartCount': '2',
    },
    ...config,
  },
  NetworkSettings: { Networks: {} },
  ...more,
});

const observed = (...parts: Parameters<typeof inspect>) => observedFrom(inspect(...parts), 'x');

test('a container is read with its identity from the labels', async (t) => {
  t.match(observed(), {
    id: 'abc',
    kind: 'container',
    pod: { namespace: 'kube-system', name: 'etcd-n1', uid: '0123' },
    container: 'etcd',
    attempt: 2,
    state: 'created',
    createdAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    image: 'etcd:1',
    imageId: 'sha256:1',
  });
});

test('what has not happened has the time 0', async (t) => {
  t.match(observed(), { startedAt: 0, finishedAt: 0 });
});

test('the container POD is the sandbox', async (t) => {
  const Labels = { 'io.bootlet.instance': 'x', 'io.kubernetes.pod.uid': '1', 'io.kubernetes.container.name': 'POD' };
  t.match(observed({}, { Labels }), { kind: 'sandbox', container: '' });
});

test('a container of another instance, or without labels, is not observed', async (t) => {
  t.equal(observedFrom(inspect(), 'y'), undefined);
  t.equal(observed({}, { Labels: null }), undefined);
});

test('what is paused still runs, and what is being removed has ended', async (t) => {
  const states = { paused: 'running', restarting: 'running', removing: 'exited', dead: 'exited', new: 'unknown' };
  for (const [Status, state] of Object.entries(states)) t.match(observed({ Status }), { state });
});

test('an end by the OOM killer is told from others with the same code', async (t) => {
  t.match(observed({ Status: 'exited', ExitCode: 137, OOMKilled: true }), { exitCode: 137, oomKilled: true });
  t.match(observed({ Status: 'exited', ExitCode: 137 }), { exitCode: 137, oomKilled: false });
});

test('a stop signal is given by name, SIGTERM when the image has none', async (t) => {
  const signals = { '': 'SIGTERM', QUIT: 'SIGQUIT', SIGINT: 'SIGINT', sigterm: 'SIGTERM', quit: 'SIGQUIT', '3': '3' };
  for (const [StopSignal, stopSignal] of Object.entries(signals)) t.match(observed({}, { StopSignal }), { stopSignal });
});

test('addresses come from the networks, the only place that every version fills', async (t) => {
  const Networks = {
    bridge: { IPAddress: '172.17.0.2', GlobalIPv6Address: '' },
    v6: { IPAddress: '', GlobalIPv6Address: 'fd00::2' },
  };
  t.match(observed({}, {}, { NetworkSettings: { Networks } }), { ips: ['172.17.0.2', 'fd00::2'] });
});

test('one that cannot be inspected is known by its entry in the list', async (t) => {
  const Labels = { 'io.kubernetes.container.name': 'main', 'annotation.io.kubernetes.container.restartCount': '2' };
  const entry = { Id: 'a', Image: 'app:1', ImageID: 'sha256:1', Created: 2, Labels };
  const expected = { id: 'a', container: 'main', attempt: 2, state: 'unknown', createdAt: 2000, error: 'it hangs' };
  t.match(unreadFrom(entry, 'it hangs'), expected);
});

test('an answer of another shape is an error, not a guess', async (t) => {
  t.throws(() => observed({ Pid: 'x' }), { code: 'E_INTERNAL', message: /Pid is no number/ });
  t.throws(() => observedFrom([], 'x'), { code: 'E_INTERNAL' });
});

test('the API version is the newest that both know', async (t) => {
  t.equal(negotiate('1.41', '1.12'), '1.41');
  t.equal(negotiate('1.99', '1.44'), '1.52');
});

test('an engine that is too old, or no longer speaks any version we know, is refused', async (t) => {
  t.throws(() => negotiate('1.9', '1.0'), { code: 'E_RUNTIME_VERSION' });
  t.throws(() => negotiate('2.4', '2.0'), { code: 'E_RUNTIME_VERSION' });
});
