import { readFile } from 'node:fs/promises';
import type { EventList } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import type { Bootlet } from '../lab/bootlet.ts';
import { type ContainerRun, startControlPlane } from '../lab/control-plane.ts';
import { until } from '../lab/until.ts';
import { missing } from '../support/requires.ts';

/** Enough for Kubernetes to be built from nothing. */
const TIMEOUT_MS = 30 * 60_000;

/** The container that runs now, if it is not the one from before. */
const isOther = (now: ContainerRun | undefined, before: ContainerRun): ContainerRun | false =>
  now !== undefined && now.id !== before.id && now;

const messagesOf = async (bootlet: Bootlet, reason: string): Promise<string[]> => {
  const { items } = JSON.parse((await bootlet.cli('events', '-o', 'json')).stdout) as EventList;
  return items.filter((event) => event.reason === reason).map((event) => event.message ?? '');
};

const options = { skip: missing('dockerd', 'etcd', 'kubectl', 'go'), timeout: TIMEOUT_MS };
test('a control plane of static pods', options, async (t) => {
  const plane = await startControlPlane(t);
  const { bootlet } = plane;

  t.test('four manifests dropped in the wrong order become a control plane in which kubectl works', async (t) => {
    await plane.ready();
    const created = await plane.kubectl('create', 'namespace', 'made-by-kubectl');
    t.equal(created.code, 0, created.stderr);
    // Only a controller manager that works makes it.
    const account = ['-n', 'made-by-kubectl', 'get', 'serviceaccount', 'default'];
    await until(async () => (await plane.kubectl(...account)).code === 0, { what: 'the default service account' });
    const status = await bootlet.cli('status', '--check');
    t.match(status, { code: 0 });
  });

  t.test('an apiserver that is killed comes back, and only it', async (t) => {
    const before = await plane.ready();
    process.kill(before['kube-apiserver'].pid, 'SIGKILL');
    await until(async () => isOther(await plane.running('kube-apiserver'), before['kube-apiserver']), {
      what: 'another apiserver runs',
    });
    const after = await plane.ready();
    t.same(after.etcd, before.etcd);
  });

  t.test('an edit of the apiserver’s flags is rolled out', async (t) => {
    const before = await plane.ready();
    const flag = '--event-ttl=2h0m0s';
    const edited = (await plane.manifest('kube-apiserver')).replace(/^( +- )kube-apiserver$/m, `$&\n$1${flag}`);
    await bootlet.drop('kube-apiserver.yaml', edited);
    const next = await until(async () => isOther(await plane.running('kube-apiserver'), before['kube-apiserver']), {
      what: 'the edited apiserver runs',
      within: 90_000,
    });
    t.match(await readFile(`/proc/${next.pid}/cmdline`, 'utf8'), flag);
    t.same((await plane.ready()).etcd, before.etcd);
  });

  t.test('a broken edit changes nothing and is reported with its place', async (t) => {
    const before = await plane.ready();
    const good = await plane.manifest('etcd');
    const broken = good.replace('imagePullPolicy:', 'imagePullPolice:');
    const line = broken.split('\n').findIndex((text) => text.includes('imagePullPolice')) + 1;
    await bootlet.drop('etcd.yaml', broken);

    const reported = await until(
      async () => (await messagesOf(bootlet, 'ManifestInvalid')).find((text) => text.includes('etcd')),
      {
        what: 'an event ManifestInvalid',
      },
    );
    t.match(reported, `etcd.yaml:${line}:`);
    t.match(reported, 'imagePullPolicy', 'the event says what was meant');
    t.match((await bootlet.cli('status')).stdout, `etcd.yaml:${line}:`);
    const validated = await bootlet.cli('manifest', 'validate', '-o', 'json', `${bootlet.manifests}/etcd.yaml`);
    t.equal(validated.code, 5);
    t.match(JSON.parse(validated.stdout), {
      items: [{ valid: false, errors: [{ field: 'spec.containers[0].imagePullPolice', line }] }],
    });

    await bootlet.drop('etcd.yaml', good);
    t.same(await plane.ready(), before, 'neither the broken edit nor its repair restarted anything');
  });

  t.test('a daemon that is killed and started again restarts nothing', async (t) => {
    const before = await plane.ready();
    await bootlet.kill9();
    await bootlet.start();
    t.same(await plane.ready(), before);
  });

  t.test('an edit made while the daemon is dead is rolled out when it is back', async (t) => {
    const before = await plane.ready();
    await bootlet.kill9();
    const edited = (await plane.manifest('kube-scheduler')).replace('--leader-elect=true', '--leader-elect=false');
    await bootlet.drop('kube-scheduler.yaml', edited);
    await bootlet.start();
    await until(async () => isOther(await plane.running('kube-scheduler'), before['kube-scheduler']), {
      what: 'the edited scheduler runs',
      within: 90_000,
    });
    t.same((await plane.ready()).etcd, before.etcd);
  });

  t.test('a manifest taken away ends its pod and leaves no container of it', async (t) => {
    await plane.ready();
    await bootlet.take('kube-scheduler.yaml');
    const left = () => plane.engine.list(`io.kubernetes.pod.name=kube-scheduler-${bootlet.nodeName}`);
    await until(async () => (await left()).length === 0, { what: 'no container of the scheduler', within: 60_000 });
    t.equal((await plane.kubectl('get', '--raw', '/readyz')).stdout, 'ok', 'the others stay');
    await bootlet.drop('kube-scheduler.yaml', await plane.manifest('kube-scheduler'));
  });
});
