import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podHosts } from '../../support/pod-host.ts';
import { missing, skipUnless } from '../../support/requires.ts';

const ROOT = '/sys/fs/cgroup';
const isV1 = existsSync(join(ROOT, 'memory'));
const skip = missing('dockerd') || skipUnless(isV1 && process.getuid?.() === 0, 'needs root and cgroup v1');

const file = async (controller: string, ...path: string[]): Promise<string> =>
  (await readFile(join(ROOT, controller, 'kubepods', ...path), 'utf8')).trim();

test('cgroups of pods', { skip }, async (t) => {
  const startHost = podHosts(t);

  t.test('a pod is limited as a whole, and its group goes with it', async (t) => {
    const host = await startHost(t);
    const resources = { requests: { cpu: '100m', memory: '16Mi' }, limits: { cpu: '500m', memory: '32Mi' } };
    await host.drop('web.yaml', manifest({ container: { resources } }));
    const pod = await host.podWhere('ready', isReady);
    const group = ['burstable', `pod${pod.metadata.uid}`];
    t.equal(await file('cpu', ...group, 'cpu.shares'), '102');
    t.equal(await file('cpu', ...group, 'cpu.cfs_quota_us'), '50000');
    t.equal(await file('memory', ...group, 'memory.limit_in_bytes'), String(32 * 1024 ** 2));
    const ids = (await host.containers()).map(({ id }) => id).toSorted();
    const groups = await readdir(join(ROOT, 'memory/kubepods', ...group), { withFileTypes: true });
    t.same(groups.flatMap((g) => (g.isDirectory() ? [g.name] : [])).toSorted(), ids);

    await host.take('web.yaml');
    await host.podGone();
    const folders = (await readdir(ROOT)).map((controller) => join(ROOT, controller, 'kubepods', ...group));
    await until(async () => !folders.some((folder) => existsSync(folder)), { what: 'the pod’s group gone' });
  });

  t.test('a pod of best effort is not limited, and weighs next to nothing with all of its class', async (t) => {
    const host = await startHost(t);
    await host.drop('web.yaml', manifest());
    const pod = await host.podWhere('ready', isReady);
    t.equal(await file('cpu', 'besteffort', 'cpu.shares'), '2');
    t.equal(await file('cpu', 'besteffort', `pod${pod.metadata.uid}`, 'cpu.cfs_quota_us'), '-1');
  });
});
