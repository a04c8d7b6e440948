import { test } from 'tap';
import { isBad } from '../../../daemon/api/finding.ts';
import { StatusBoard } from '../../../daemon/api/status-board.ts';
import { schema } from '../../../daemon/config/schema.ts';
import {
  folderOwnerType,
  imageArchiveType,
  type ManifestStatus,
  manifestFolderType,
  manifestStatusType,
  podSpecType,
  podStatusType,
  runtimeStateType,
} from '../../../daemon/pods/resources.ts';
import { troubleType } from '../../../daemon/reconcile/engine.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { podNetworkType } from '../../../daemon/shared-resources.ts';
import { aFolder, aRuntime } from '../../support/builders.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { aPod, aSpec } from '../../support/pod-builders.ts';

const aManifest = (more: Partial<ManifestStatus> = {}): ManifestStatus => ({
  path: '/manifests/web.yaml',
  state: 'active',
  pod: 'default/web-n',
  lastGood: false,
  message: '',
  issues: [],
  ...more,
});

/** A host on which all is well but for what a test changes. */
const aHost = () => {
  const store = new Store();
  const clock = new FakeClock();
  const writers = {
    runtime: store.claim(runtimeStateType, 'test'),
    folder: store.claim(manifestFolderType, 'test'),
    owner: store.claim(folderOwnerType, 'test'),
    archives: store.claim(imageArchiveType, 'test'),
    manifests: store.claim(manifestStatusType, 'test'),
    specs: store.claim(podSpecType, 'test'),
    pods: store.claim(podStatusType, 'test'),
    troubles: store.claim(troubleType, 'test'),
    network: store.claim(podNetworkType, 'test'),
  };
  const config = { nodeName: 'n', mode: 'standalone', paths: schema.fallback.paths } as const;
  const board = new StatusBoard({ store, clock, config, version: '1' });
  writers.runtime.put('docker', aRuntime());
  writers.folder.put('/manifests', aFolder());
  writers.owner.put('/manifests', {});
  writers.network.put('n', { state: 'ready', podCIDRs: undefined, hostPorts: 'runtime' });
  const condition = (type: string) => board.current().conditions.find((c) => c.type === type);
  const bad = (): string[] =>
    board
      .current()
      .conditions.filter(isBad)
      .map(({ type }) => type);
  return { ...writers, clock, board, condition, bad };
};

const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

test('a host without pods is well, and says where to put a manifest', async (t) => {
  const { board, bad } = aHost();
  t.same(bad(), []);
  t.match(board.current(), { degraded: false, next: 'put a manifest into /etc/kubernetes/manifests' });
});

test('what is not known yet is not well yet', async (t) => {
  const store = new Store();
  const config = { nodeName: 'n', mode: 'standalone', paths: schema.fallback.paths } as const;
  const { degraded, conditions } = new StatusBoard({ store, clock: new FakeClock(), config, version: '1' }).current();
  t.equal(degraded, true);
  t.same(
    conditions.filter(({ status }) => status === 'Unknown').map(({ type }) => type),
    ['RuntimeReady', 'ManifestFolderContested', 'NetworkReady', 'ManifestFolderAvailable'],
  );
});

test('a runtime that does not answer is reported first, in its own words', async (t) => {
  const { runtime, folder, board, bad, condition } = aHost();
  runtime.put('docker', aRuntime({ ready: false, message: 'connect ENOENT /var/run/docker.sock' }));
  folder.put('/manifests', aFolder('vanished'));
  t.same(bad(), ['RuntimeReady', 'ManifestFolderAvailable']);
  t.match(condition('RuntimeReady')?.message, 'connect ENOENT /var/run/docker.sock');
  t.equal(board.current().next, 'systemctl status docker');
});

test('a kubelet that reads the folder is named with its process', async (t) => {
  const { owner, bad, condition } = aHost();
  owner.put('/manifests', { contestedBy: { what: 'the kubelet', pid: 42 } });
  t.same(bad(), ['ManifestFolderContested']);
  t.match(condition('ManifestFolderContested'), {
    status: 'True',
    message: 'the kubelet (pid 42) reads /manifests too',
  });
});

test('a manifest that is not valid is reported with file, line, column and field, and that the last good one runs', async (t) => {
  const { manifests, board, condition } = aHost();
  const issue = {
    field: 'spec.containers[0].imag',
    line: 7,
    column: 5,
    code: 'E_FIELD_UNKNOWN',
    message: 'unknown field',
  } as const;
  manifests.put('/manifests/web.yaml', aManifest({ state: 'invalid', lastGood: true, issues: [issue] }));
  manifests.put('/manifests/x.yaml', aManifest({ path: '/manifests/x.yaml', state: 'ignored' }));
  t.match(condition('ManifestsValid'), {
    status: 'False',
    reason: 'Invalid',
    message: '/manifests/web.yaml:7:5: spec.containers[0].imag: unknown field; the last good content keeps running',
  });
  t.equal(board.current().next, 'bootlet manifest validate /manifests/web.yaml');
});

test('of several pods that are not ready the first is told, and how many more there are', async (t) => {
  const { specs, pods, condition } = aHost();
  const waiting = { name: 'main', image: '', imageID: '', ready: false, restartCount: 0 };
  for (const key of ['default/a', 'default/b', 'default/c']) specs.put(key, aSpec());
  pods.put('default/a', { pod: { ...aPod(), status: ready } });
  pods.put('default/b', {
    pod: {
      ...aPod(),
      status: {
        phase: 'Pending',
        containerStatuses: [{ ...waiting, state: { waiting: { reason: 'ErrImagePull', message: 'no route' } } }],
      },
    },
  });
  t.equal(condition('PodsReady')?.message, '1 of 3; default/b: main: ErrImagePull: no route (and 1 more)');
  pods.put('default/b', { pod: { ...aPod(), status: { phase: 'Succeeded' } } });
  pods.put('default/c', { pod: { ...aPod(), status: ready } });
  t.match(condition('PodsReady'), { status: 'True', message: 'all 3' });
});

test('a pod whose sandbox cannot be made is told of with what keeps it', async (t) => {
  const { specs, pods, condition } = aHost();
  specs.put('default/a', aSpec());
  const sandbox = { type: 'PodReadyToStartContainers', status: 'False', reason: 'FailedMount', message: 'no /data' };
  pods.put('default/a', { pod: { ...aPod(), status: { phase: 'Pending', conditions: [sandbox] } } });
  t.equal(condition('PodsReady')?.message, '0 of 1; default/a: FailedMount: no /data');
});

test('a controller that fails counts after five seconds, without anybody asking in between', async (t) => {
  const { troubles, clock, condition, board } = aHost();
  const trouble = {
    controller: 'pods',
    key: 'default/web',
    kind: 'failing',
    message: 'boom',
    failures: 3,
    since: 0,
  } as const;
  troubles.put('pods/default/web', trouble);
  await clock.advance(4000);
  t.equal(condition('Reconciling')?.status, 'True');
  await clock.advance(60_000);
  t.match(condition('Reconciling'), { status: 'False', message: 'pods default/web: boom' });
  t.ok(Date.parse(condition('Reconciling')?.lastTransitionTime ?? '') < 12_000, 'seen when it became so');
  t.match(board.current().troubles, [{ key: 'default/web', since: '1970-01-01T00:00:00.000Z' }]);
});

test('a condition knows since when it holds although it is looked at later', async (t) => {
  const { runtime, clock, condition } = aHost();
  await clock.advance(10_000);
  runtime.put('docker', aRuntime({ ready: false, message: 'gone' }));
  await clock.advance(50_000);
  t.equal(condition('RuntimeReady')?.lastTransitionTime, new Date(10_100).toISOString());
  runtime.put('docker', aRuntime({ ready: false, message: 'still gone' }));
  await clock.advance(50_000);
  t.equal(condition('RuntimeReady')?.lastTransitionTime, new Date(10_100).toISOString());
});

test('a closed board leaves no timer behind', async (t) => {
  const { board, clock, runtime } = aHost();
  board.close();
  runtime.put('docker', aRuntime({ ready: false }));
  t.equal(clock.timers, 0);
});

test('image archives are spoken of only when one could not be loaded', async (t) => {
  const { archives, board, condition, bad } = aHost();
  archives.put('/images/a.tar', { path: '/images/a.tar', state: 'loaded', images: ['a:1'] });
  t.equal(condition('ImagesLoaded'), undefined);
  archives.put('/images/b.tar', { path: '/images/b.tar', state: 'failed', message: 'it is empty' });
  t.match(condition('ImagesLoaded'), { status: 'False', message: '/images/b.tar: it is empty' });
  t.same(bad(), ['ImagesLoaded']);
  t.not(board.current().conditions.at(-1)?.type, 'ImagesLoaded', 'in its place among the others');
  archives.remove('/images/b.tar');
  t.equal(condition('ImagesLoaded'), undefined);
});
