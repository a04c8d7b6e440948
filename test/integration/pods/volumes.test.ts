import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { test } from 'tap';
import { until } from '../../lab/until.ts';
import { mountPoints } from '../../support/mounts.ts';
import { isReady, manifest, type PodHost, podHosts, STAY, shell } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

const mountsOf = (host: PodHost): readonly string[] =>
  mountPoints().filter((point) => point.startsWith(join(host.dir, 'state/pods')));
const foldersOf = (host: PodHost): Promise<string[]> => readdir(join(host.dir, 'state/pods'));
const waitsFor = (reason: string) => (pod: { status?: { containerStatuses?: readonly { state?: unknown }[] } }) =>
  JSON.stringify(pod.status?.containerStatuses?.[0]?.state ?? {}).includes(`"${reason}"`);

test('all that a pod mounted goes with it, and what that showed stays', { skip }, async (t) => {
  const host = await startHost(t);
  const data = join(host.dir, 'data');
  await mkdir(join(data, 'part'), { recursive: true });
  await writeFile(join(data, 'part/file'), 'precious');
  const volumes = [
    { name: 'data', hostPath: { path: data } },
    { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
  ];
  const volumeMounts = [
    { name: 'data', mountPath: '/part', subPath: 'part' },
    { name: 'memory', mountPath: '/memory', subPath: 'made' },
  ];
  const command = shell(`cp /part/file /memory/file && cp /memory/file /part/copy; ${STAY}`);
  await host.drop('web.yaml', manifest({ container: { volumeMounts, command }, spec: { volumes } }));
  await until(() => existsSync(join(data, 'part/copy')), { what: 'the copy' });
  t.equal(mountsOf(host).length, 3, 'the memory and two subPaths');
  await host.take('web.yaml');
  await host.podGone();
  await until(async () => (await foldersOf(host)).length === 0, { what: "the pod's folder gone" });
  t.same(mountsOf(host), []);
  t.equal(await readFile(join(data, 'part/file'), 'utf8'), 'precious');
});

test('a mount that someone uses keeps the folder whole and is reported, also after a kill; then it goes', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  const data = join(host.dir, 'data');
  await mkdir(join(data, 'part'), { recursive: true });
  await writeFile(join(data, 'part/file'), 'precious');
  const volumes = [
    { name: 'data', hostPath: { path: data } },
    { name: 'own', emptyDir: {} },
  ];
  const volumeMounts = [
    { name: 'data', mountPath: '/part', subPath: 'part' },
    { name: 'own', mountPath: '/own' },
  ];
  await host.drop('web.yaml', manifest({ container: { volumeMounts }, spec: { volumes } }));
  await host.podWhere('ready', isReady);
  const [point = ''] = mountsOf(host);
  const holder = await open(join(point, 'file'), 'r');
  t.teardown(() => holder.close());
  await host.take('web.yaml');
  await host.podGone();
  const reported = async (): Promise<boolean> => (await host.events()).some(({ reason }) => reason === 'FailedUnMount');
  await until(reported, { what: 'the event' });
  await until(async () => (await host.cli('status')).stdout.includes('cannot be unmounted'), { what: 'the status' });
  await host.kill9();
  await host.restart();
  await until(reported, { what: 'the event of the next daemon' });
  const [folder = ''] = await foldersOf(host);
  t.ok(existsSync(join(host.dir, 'state/pods', folder, 'volumes/kubernetes.io~empty-dir/own')));
  t.equal(await readFile(join(data, 'part/file'), 'utf8'), 'precious');
  await holder.close();
  await until(async () => (await foldersOf(host)).length === 0, { what: "the pod's folder gone", within: 90_000 });
  t.same(mountsOf(host), []);
  t.equal(await readFile(join(data, 'part/file'), 'utf8'), 'precious');
});

test('a subPath that leads out of its volume keeps the container from being made', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  const data = join(host.dir, 'data');
  await mkdir(data);
  await symlink('/etc', join(data, 'out'));
  const volumes = [{ name: 'data', hostPath: { path: data } }];
  const volumeMounts = [{ name: 'data', mountPath: '/etc-of-the-host', subPath: 'out' }];
  await host.drop('web.yaml', manifest({ container: { volumeMounts }, spec: { volumes } }));
  const pod = await host.podWhere('refused', waitsFor('CreateContainerConfigError'));
  t.equal(
    pod.status?.containerStatuses?.[0]?.state?.waiting?.message,
    'failed to prepare subPath for volumeMount "data" of container "main"',
  );
  t.same(mountsOf(host), []);
});

test('what the runtime cannot make read-only all the way down is refused where it must be', { skip }, async (t) => {
  const host = await startHost(t);
  const volumes = [{ name: 'own', emptyDir: {} }];
  const mount = (recursiveReadOnly: string) => [{ name: 'own', mountPath: '/own', readOnly: true, recursiveReadOnly }];
  const drop = (file: string, mode: string) =>
    host.drop(
      file,
      manifest({ name: mode.toLowerCase(), container: { volumeMounts: mount(mode) }, spec: { volumes } }),
    );
  await drop('a.yaml', 'Enabled');
  await drop('b.yaml', 'IfPossible');
  const { Version } = (await host.docker.engine.call('GET', '/version')) as { readonly Version: string };
  const canAllTheWay = Number.parseInt(Version, 10) >= 25;
  await host.podWhere('as Docker can', canAllTheWay ? isReady : waitsFor('CreateContainerConfigError'), 'enabled');
  await host.podWhere('ready', isReady, 'ifpossible');
});

test('an edit keeps the emptyDirs that the annotation names', { skip }, async (t) => {
  const host = await startHost(t);
  const pod = (script: string, annotations: Readonly<Record<string, string>>): string => {
    const volumes = ['kept', 'fresh'].map((name) => ({ name, emptyDir: name === 'kept' ? {} : { medium: 'Memory' } }));
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
    const text = manifest({ container: { volumeMounts, command: shell(script) }, spec: { volumes } });
    const { metadata, ...rest } = JSON.parse(text) as { readonly metadata: object };
    return JSON.stringify({ ...rest, metadata: { ...metadata, annotations } });
  };
  await host.drop('web.yaml', pod(`echo x > /kept/file; echo x > /fresh/file; ${STAY}`, {}));
  const before = await host.podWhere('ready', isReady);
  const path = (uid: string, name: string): string =>
    join(host.dir, 'state/pods', uid, 'volumes/kubernetes.io~empty-dir', name, 'file');
  await until(() => existsSync(path(before.metadata.uid, 'fresh')), { what: 'both files' });
  await host.drop('web.yaml', pod(STAY, { 'bootlet.io/keep-empty-dirs': 'kept' }));
  const after = await host.podWhere('new pod ready', (p) => p.metadata.uid !== before.metadata.uid && isReady(p));
  t.ok(existsSync(path(after.metadata.uid, 'kept')));
  t.notOk(existsSync(path(after.metadata.uid, 'fresh')));
});
