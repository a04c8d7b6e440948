import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { test } from 'tap';
import { isReady, manifest, podHosts, restartsOf, STAY, shell } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

const image = { image: 'lab/busybox:1', imagePullPolicy: 'Never' };

test('a pod ends in order, also when the daemon is killed in the middle of it', { skip }, async (t) => {
  const host = await startHost(t);
  const out = t.testdir();
  await mkdir(join(out, 'log'), { mode: 0o777 });
  const telling = (name: string, seconds: number) => ({
    ...image,
    name,
    command: shell(`trap 'sleep ${seconds}; echo ${name} >> /out/order; exit 0' TERM; sleep 100000 & wait`),
    volumeMounts: [{ name: 'out', mountPath: '/out' }],
  });
  const spec = {
    terminationGracePeriodSeconds: 60,
    initContainers: ['one', 'two'].map((name) => ({ ...telling(name, 0), restartPolicy: 'Always' })),
    containers: [telling('main', 3)],
    volumes: [{ name: 'out', hostPath: { path: join(out, 'log') } }],
  };
  await host.drop('web.yaml', manifest({ spec }));
  await host.podWhere('ready', isReady);
  await host.take('web.yaml');
  await host.podWhere('being ended', (p) => p.metadata.deletionTimestamp !== undefined);
  await host.kill9();
  await host.start();
  await host.nothingLeft();
  t.equal(await readFile(join(out, 'log', 'order'), 'utf8'), 'main\ntwo\none\n');
});

test('an end that restarts all containers begins the pod anew in the same sandbox', { skip }, async (t) => {
  const host = await startHost(t);
  const out = t.testdir();
  await mkdir(join(out, 'log'), { mode: 0o777 });
  const exitCodes = { operator: 'In', values: [88] };
  const spec = {
    initContainers: [
      {
        ...image,
        name: 'setup',
        command: shell('echo setup >> /out/starts'),
        volumeMounts: [{ name: 'out', mountPath: '/out' }],
      },
    ],
    containers: [
      {
        ...image,
        name: 'main',
        command: shell(`[ $(wc -l < /out/starts) -gt 1 ] || { sleep 2; exit 88; }; ${STAY}`),
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes }],
        volumeMounts: [{ name: 'out', mountPath: '/out' }],
      },
      { ...image, name: 'other', command: shell(STAY) },
    ],
    volumes: [{ name: 'out', hostPath: { path: join(out, 'log') } }],
  };
  await host.drop('web.yaml', manifest({ spec }));
  const pod = await host.podWhere('ready once more', (p) => restartsOf(p) === 1 && isReady(p));
  t.equal(await readFile(join(out, 'log', 'starts'), 'utf8'), 'setup\nsetup\n');
  const lastState = { terminated: { reason: 'RestartingAllContainers', exitCode: 137 } };
  t.match(pod.status?.containerStatuses, [
    { name: 'main', lastState },
    { name: 'other', restartCount: 1, lastState },
  ]);
  t.equal((await host.containers()).filter((c) => c.name === 'POD').length, 1);
});

test('a deadline counts from when the pod was seen first, however often the daemon is started again', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest({ container: { command: shell(STAY) }, spec: { activeDeadlineSeconds: 20 } }));
  const first = await host.podWhere('ready', isReady);
  await host.restart();
  const failed = await host.podWhere('failed', (p) => p.status?.phase === 'Failed');
  t.match(failed.status, { reason: 'DeadlineExceeded', startTime: first.status?.startTime });
  await host.restart();
  const later = await host.podWhere('still failed', (p) => p.status?.phase === 'Failed');
  t.match(later.status, { reason: 'DeadlineExceeded', startTime: first.status?.startTime });
});
