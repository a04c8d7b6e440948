import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { test } from 'tap';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podHosts, STAY, shell } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

test('a manifest that is dropped becomes a ready pod, and its removal leaves nothing behind', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  const pod = await host.podWhere('ready', isReady);
  const states = (await host.containers()).map((c) => `${c.name} ${c.state}`).toSorted();
  t.same(states, ['POD running', 'main running']);
  const podFolder = join(host.dir, 'state/pods', pod.metadata.uid);
  t.ok(existsSync(podFolder));
  await host.take('web.yaml');
  await host.podGone();
  await host.nothingLeft();
  await until(() => !existsSync(podFolder), { what: "the pod's folder gone" });
  t.same(await readdir(join(host.dir, 'log/pods')), []);
  t.same(await readdir(join(host.dir, 'log/containers')), []);
});

test('the log of a container lies where the kubelet puts it', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest({ container: { command: shell(`echo hello; ${STAY}`) } }));
  const pod = await host.podWhere('ready', isReady);
  const folder = join(host.dir, 'log/pods', `default_${host.podName('web')}_${pod.metadata.uid}`, 'main');
  const logged = async () => (await readFile(join(folder, '0.log'), 'utf8')).includes('hello');
  await until(logged, { what: 'what the process wrote in its log' });
  const [link = ''] = await readdir(join(host.dir, 'log/containers'));
  t.match(link, new RegExp(`^${host.podName('web')}_default_main-[0-9a-f]{64}\\.log$`));
  t.match(await readFile(join(host.dir, 'log/containers', link), 'utf8'), /hello/);
});

test('writing the same content again, and renaming its file, restart nothing', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  const before = await host.containers();
  await host.drop('web.yaml', manifest());
  await rename(join(host.manifests, 'web.yaml'), join(host.manifests, 'other.yaml'));
  const status = async () => (await host.cli('status', '-o', 'json')).stdout;
  await host.podWhere('still there', isReady);
  await until(async () => (await status()).includes('other.yaml'), { what: 'the new name in the status' });
  t.same(await host.containers(), before);
});

test('an edit ends the old pod and starts the new one under another uid', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  const before = await host.podWhere('ready', isReady);
  await host.drop('web.yaml', manifest({ container: { command: shell(`echo edited; ${STAY}`) } }));
  const after = await host.podWhere('new pod ready', (p) => p.metadata.uid !== before.metadata.uid && isReady(p));
  t.equal(after.status?.containerStatuses?.[0]?.restartCount, 0);
  await until(async () => (await host.containers()).length === 2, { what: 'the old pod removed' });
});

test('an invalid edit keeps the pod as it was, also over a restart of the daemon, and says where it is wrong', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  const before = await host.containers();
  const broken = manifest().replace('"image"', '"imagee"');
  await host.drop('web.yaml', broken);
  const reported = async () => (await host.cli('status')).stdout.includes('web.yaml:1:');
  await until(reported, { what: 'the place of the fault in the status' });
  await host.restart();
  await until(reported, { what: 'the place of the fault in the status after a restart' });
  t.match((await host.cli('status')).stdout, /did you mean .*image/);
  t.same(await host.containers(), before);
  const events = await host.events();
  t.ok(events.some((e) => e.reason === 'ManifestInvalid' && e.message.includes('web.yaml:1:')));
  const validated = await host.cli('manifest', 'validate', join(host.manifests, 'web.yaml'));
  t.equal(validated.code, 5);
  await host.drop('web.yaml', manifest());
  await until(async () => !(await reported()), { what: 'the fault gone from the status' });
  t.same(await host.containers(), before);
});

test('of two files that name one pod the first keeps it, and the other takes over when the first goes', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  await host.drop('first.yaml', manifest());
  const before = await host.podWhere('ready', isReady);
  await host.drop('another.yaml', manifest({ container: { command: shell(`true; ${STAY}`) } }));
  await until(async () => (await host.events()).some((e) => e.reason === 'ManifestConflict'), { what: 'the conflict' });
  t.equal((await host.pod())?.metadata.uid, before.metadata.uid);
  await host.take('first.yaml');
  await host.podWhere('the other one ready', (p) => p.metadata.uid !== before.metadata.uid && isReady(p));
});

test('a folder that vanishes stops nothing, and when it is back its content counts', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  const before = await host.containers();
  await rename(host.manifests, `${host.manifests}.away`);
  const vanished = async () => /✗ ManifestFolderAvailable/.test((await host.cli('status')).stdout);
  await until(vanished, { what: 'the condition' });
  await host.restart();
  await until(vanished, { what: 'the condition after a restart' });
  t.same(await host.containers(), before);
  await mkdir(host.manifests);
  await writeFile(join(host.manifests, 'other.yaml'), manifest({ name: 'other' }));
  await host.podWhere('what the new folder says', isReady, 'other');
  await host.podGone();
});

test('a pod that could not be made leaves no folder behind', { skip }, async (t) => {
  const host = await startHost(t);
  const volumes = [
    { name: 'v', hostPath: { path: join(host.dir, 'missing'), type: 'Directory' } },
    { name: 'made', emptyDir: {} },
  ];
  const container = { volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/${name}` })) };
  await host.drop('web.yaml', manifest({ container, spec: { volumes } }));
  await until(async () => (await host.events()).some((e) => e.reason === 'FailedMount'), { what: 'the event' });
  await host.take('web.yaml');
  await host.podGone();
  await until(async () => (await readdir(join(host.dir, 'state/pods'))).length === 0, { what: 'no folder left' });
});

test('a container of someone else in the way is reported and not touched', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  const pod = await host.podWhere('ready', isReady);
  await host.take('web.yaml');
  await host.nothingLeft();
  const name = `k8s_main_${host.podName('web')}_default_${pod.metadata.uid}_0`;
  const foreign = (await host.docker.engine.call('POST', `/containers/create?name=${name}`, {
    Image: 'lab/busybox:1',
  })) as { readonly Id: string };
  await host.drop('web.yaml', manifest());
  await until(async () => (await host.events()).some((e) => e.reason === 'Failed' && e.message.includes(name)), {
    what: 'the conflict reported',
  });
  t.match(await host.docker.engine.call('GET', `/containers/${foreign.Id}/json`), { State: { Status: 'created' } });
  await host.docker.engine.remove([foreign.Id]);
  await host.podWhere('ready once the way is free', isReady);
});
