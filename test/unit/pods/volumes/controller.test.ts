import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { podFiles } from '../../../../daemon/pods/create/pod-files.ts';
import { PodEvents } from '../../../../daemon/pods/record/pod-events.ts';
import {
  containerType,
  type PodAdmission,
  type PodSpec,
  podAdmissionType,
  podSpecType,
  podStatusType,
  volumeStateType,
} from '../../../../daemon/pods/resources.ts';
import type { Volume } from '../../../../daemon/pods/v1.ts';
import { volumeController } from '../../../../daemon/pods/volumes/controller.ts';
import { volumesOf } from '../../../../daemon/pods/volumes/prepared.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aMountLab } from '../../../support/mounts.ts';
import { aContainer, aRun, aSpec, ended } from '../../../support/pod-builders.ts';

const KEY = 'default/web-n';

/** A pod that mounts these volumes. */
const aPodWith = (volumes: readonly Volume[], uid = 'uid-1', annotations: Readonly<Record<string, string>> = {}) => {
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  const spec = aSpec({ volumes: [...volumes], containers: [aContainer('main', { volumeMounts })] }, uid);
  return { ...spec, pod: { ...spec.pod, metadata: { ...spec.pod.metadata, annotations } } };
};

const aHost = async (t: Test) => {
  const { root, mounter } = await aMountLab(t);
  const clock = new FakeClock();
  const store = new Store();
  const ring = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0, onFailure: (_, error) => t.fail(String(error)) });
  engine.add(
    volumeController({
      store,
      state: root,
      mounter,
      allocatable: new Map(),
      clock,
      random: () => 0,
      events: new PodEvents(ring),
    }),
  );
  engine.start();
  t.teardown(() => engine.stop());
  const specs = store.claim(podSpecType, 'test');
  const admissions = store.claim(podAdmissionType, 'test');
  const state = (uid = 'uid-1') => store.get(volumeStateType, uid);
  return {
    root,
    clock,
    engine,
    store,
    ring,
    state,
    statuses: store.claim(podStatusType, 'test'),
    containers: store.claim(containerType, 'test'),
    want: (spec: PodSpec, admission: PodAdmission = { uid: spec.uid, state: 'admitted' }) => {
      specs.put(KEY, spec);
      admissions.put(KEY, admission);
    },
    unwant: () => specs.remove(KEY),
    /** Resolves with the state once it is the one asked for. */
    reaches: (wanted: string, uid?: string) =>
      new Promise<string>((resolve) => {
        const look = (): void => {
          const spec = store.get(podSpecType, KEY);
          const now = spec?.uid === (uid ?? 'uid-1') ? volumesOf(store, spec) : undefined;
          if (now?.state === wanted) resolve(now.message);
        };
        t.teardown(store.watch(volumeStateType, look));
        look();
      }),
    path: (volume: string, uid = 'uid-1') => podFiles(root, uid).volume('empty-dir', volume),
  };
};

test('the volumes of a pod are ready once they are made', async (t) => {
  const host = await aHost(t);
  host.want(aPodWith([{ name: 'data', emptyDir: {} }]));
  await host.reaches('ready');
  t.ok((await stat(host.path('data'))).isDirectory());
});

test('a volume that no container mounts is left alone', async (t) => {
  const host = await aHost(t);
  host.want(aSpec({ volumes: [{ name: 'v', hostPath: { path: join(host.root, 'missing'), type: 'Directory' } }] }));
  await host.reaches('ready');
});

test('nothing is made for a pod that may not run', async (t) => {
  const host = await aHost(t);
  const path = join(host.root, 'new');
  const spec = aPodWith([{ name: 'v', hostPath: { path, type: 'DirectoryOrCreate' } }]);
  host.want(spec, { uid: spec.uid, state: 'rejected', reason: 'NodeAffinity', message: '' });
  await host.clock.settle();
  host.want(spec, { uid: spec.uid, state: 'waiting', reason: 'After', message: '' });
  await host.clock.settle();
  await host.engine.stop();
  t.notOk(existsSync(path));
});

test('a volume that cannot be had is reported in the words of the kubelet and tried again', async (t) => {
  const host = await aHost(t);
  const path = join(host.root, 'late');
  host.want(aPodWith([{ name: 'v', hostPath: { path, type: 'File' } }]));
  const message = await host.reaches('failed');
  t.equal(message, `MountVolume.SetUp failed for volume "v" : hostPath type check failed: ${path} is not a file`);
  t.match(host.ring.list(), [{ type: 'Warning', reason: 'FailedMount', message, subject: { kind: 'Pod' } }]);
  await writeFile(path, '');
  await host.clock.advance(500);
  await host.reaches('ready');
});

test('each volume that cannot be had has an event of its own', async (t) => {
  const host = await aHost(t);
  const hostPath = { path: join(host.root, 'missing'), type: 'Directory' };
  host.want(
    aPodWith([
      { name: 'a', hostPath },
      { name: 'b', hostPath },
    ]),
  );
  await host.reaches('failed');
  t.equal(host.ring.list().length, 2);
});

test('what this host has no client for says what to install, and what nobody mounts says so', async (t) => {
  const host = await aHost(t);
  host.want(aPodWith([{ name: 'v', cephfs: { monitors: ['10.0.0.1'] } }]));
  t.match(await host.reaches('failed'), /no mount\.ceph \(install ceph-common\)/);
  host.want(aPodWith([{ name: 'v', quobyte: { registry: 'r', volume: 'v' } }], 'uid-2'));
  t.match(await host.reaches('failed', 'uid-2'), /no volume plugin matched/);
});

test('the state of a pod goes with it', async (t) => {
  const host = await aHost(t);
  host.want(aPodWith([]));
  await host.reaches('ready');
  host.want(aPodWith([], 'uid-2'));
  await host.reaches('ready', 'uid-2');
  t.equal(host.state('uid-1'), undefined);
});

test('a downwardAPI volume shows when the pod was first seen, and waits for that', async (t) => {
  const host = await aHost(t);
  const items = [{ path: 'all', fieldRef: { fieldPath: 'metadata.annotations' } }];
  const spec = aPodWith([{ name: 'info', downwardAPI: { items } }], 'uid-1', { b: 'x "y"\n', a: '1' });
  host.want(spec);
  await host.reaches('preparing');
  const metadata = {
    ...spec.pod.metadata,
    annotations: { ...spec.pod.metadata.annotations, 'kubernetes.io/config.seen': 'now' },
  };
  host.statuses.put(KEY, { pod: { ...spec.pod, metadata } });
  await host.reaches('ready');
  const file = join(podFiles(host.root, 'uid-1').volume('downward-api', 'info'), 'all');
  t.equal(await readFile(file, 'utf8'), 'a="1"\nb="x \\"y\\"\\n"\nkubernetes.io/config.seen="now"');
});

test('an edit that keeps the uid changes what a downwardAPI volume shows, and adds volumes', async (t) => {
  const host = await aHost(t);
  const info = {
    name: 'info',
    downwardAPI: { items: [{ path: 'all', fieldRef: { fieldPath: 'metadata.annotations' } }] },
  };
  const file = join(podFiles(host.root, 'uid-1').volume('downward-api', 'info'), 'all');
  const seen = (spec: PodSpec) => {
    const annotations = { ...spec.pod.metadata.annotations, 'kubernetes.io/config.seen': 'now' };
    return { pod: { ...spec.pod, metadata: { ...spec.pod.metadata, annotations } } };
  };
  const before = aPodWith([info], 'uid-1', { edit: '1', gone: 'soon' });
  host.statuses.put(KEY, seen(before));
  host.want(before);
  await host.reaches('ready');
  host.want(aPodWith([info, { name: 'data', emptyDir: {} }], 'uid-1', { edit: '2' }));
  await host.reaches('ready');
  t.equal(await readFile(file, 'utf8'), 'edit="2"\nkubernetes.io/config.seen="now"');
  t.ok(existsSync(host.path('data')));
});

test('an edit that mends a volume under the same uid does not wait for the next try of the old one', async (t) => {
  const host = await aHost(t);
  host.want(aPodWith([{ name: 'v', hostPath: { path: join(host.root, 'missing'), type: 'Directory' } }]));
  await host.reaches('failed');
  host.want(aPodWith([{ name: 'v', hostPath: { path: host.root, type: 'Directory' } }]));
  await host.reaches('ready');
});

const KEEP = 'bootlet.io/keep-empty-dirs';

test('an edit begins with an empty emptyDir, unless the annotation asks to keep it', async (t) => {
  for (const [asked, kept] of [
    [undefined, false],
    ['true', true],
    ['other, data', true],
    ['other', false],
  ] as const) {
    const host = await aHost(t);
    const volumes = [{ name: 'data', emptyDir: {} }];
    host.want(aPodWith(volumes));
    await host.reaches('ready');
    await writeFile(join(host.path('data'), 'file'), '');
    const run = aRun({});
    host.containers.put(run.id, ended(run, 0, 1));
    host.want(aPodWith(volumes, 'uid-2', asked === undefined ? {} : { [KEEP]: asked }));
    await host.reaches('ready', 'uid-2');
    t.equal(existsSync(join(host.path('data', 'uid-2'), 'file')), kept, `${asked}`);
  }
});

test('what is kept is handed over when the old pod has ended, not before', async (t) => {
  const host = await aHost(t);
  const volumes = [{ name: 'data', emptyDir: { medium: 'Memory' } }];
  host.want(aPodWith(volumes));
  await host.reaches('ready');
  await writeFile(join(host.path('data'), 'file'), '');
  const run = aRun({});
  host.containers.put(run.id, run);
  host.want(aPodWith(volumes, 'uid-2', { [KEEP]: 'true' }));
  t.match(await host.reaches('preparing', 'uid-2'), /to end/);
  host.containers.put(run.id, ended(run, 0, 1));
  await host.reaches('ready', 'uid-2');
  t.ok(existsSync(join(host.path('data', 'uid-2'), 'file')));
});

test('what is kept is given to the group of the new pod; another medium begins empty', async (t) => {
  const host = await aHost(t);
  await mkdir(host.path('data'), { recursive: true });
  await mkdir(host.path('other'), { recursive: true });
  await writeFile(join(host.path('data'), 'file'), '', { mode: 0o600 });
  await writeFile(join(host.path('other'), 'file'), '');
  const run = aRun({});
  host.containers.put(run.id, ended(run, 0, 1));
  const volumes = [
    { name: 'data', emptyDir: {} },
    { name: 'other', emptyDir: { medium: 'Memory' } },
  ];
  const spec = aPodWith(volumes, 'uid-2', { [KEEP]: 'true' });
  const grouped = { ...spec.pod.spec, securityContext: { fsGroup: 77 } };
  host.want({ ...spec, pod: { ...spec.pod, spec: grouped } });
  await host.reaches('ready', 'uid-2');
  const { mode, gid } = await stat(join(host.path('data', 'uid-2'), 'file'));
  t.equal(`${(mode & 0o777).toString(8)} ${gid}`, '660 77');
  t.notOk(existsSync(join(host.path('other', 'uid-2'), 'file')));
  await rm(host.path('data'), { recursive: true, force: true });
});
