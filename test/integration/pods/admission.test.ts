import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { test } from 'tap';
import type { Pod } from '../../../daemon/pods/v1.ts';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podHosts, STAY, shell } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

test('one folder serves many hosts: a pod that belongs elsewhere is Failed, and nothing is made of it', {
  skip,
}, async (t) => {
  const host = await startHost(t, { config: { node: { labels: { role: 'db' } } } });
  await host.drop('web.yaml', manifest({ spec: { nodeSelector: { role: 'web' } } }));
  await host.drop('db.yaml', manifest({ name: 'db', spec: { nodeSelector: { role: 'db' } } }));
  await host.podWhere('ready', isReady, 'db');
  const pod = await host.podWhere('rejected', (p) => p.status?.phase === 'Failed');
  t.match(pod.status, { reason: 'NodeAffinity', message: /^Pod was rejected: Predicate NodeAffinity failed: / });
  const events = (await host.events()).filter((e) => e.involvedObject.name === host.podName('web'));
  t.match(events, [{ type: 'Warning', reason: 'NodeAffinity', message: /^Predicate NodeAffinity failed: / }]);
  t.equal((await host.containers()).length, 2, 'of the other pod');
});

test('a pod that is stopped stays so over an edit and a restart of the daemon, until it is started', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  t.match(await host.cli('pod', 'stop', 'web'), { code: 0, stdout: `pod default/${host.podName('web')} stops\n` });
  const isStopped = (p: Pod) => p.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'Stopped';
  await host.podWhere('stopped', isStopped);
  t.match(await host.cli('pod', 'stop', 'web'), { code: 0 }, 'once more changes nothing');
  t.match((await host.cli('pods')).stdout, /web-\S+ +0\/1 +Stopped/);
  t.match(await host.cli('status', '--check'), { code: 0 }, 'nothing is wrong');
  await host.restart();
  await host.podWhere('stopped still', isStopped);
  t.same(
    (await host.containers()).filter(({ state }) => state === 'running'),
    [],
  );
  await host.drop('web.yaml', manifest({ container: { command: shell(`echo edited; ${STAY}`) } }));
  await host.podWhere('stopped still', (p) => isStopped(p) && JSON.stringify(p.spec).includes('edited'));
  t.match(await host.cli('pod', 'start', 'web'), { code: 0 });
  await host.podWhere('ready again', isReady);
  t.match(await host.cli('pod', 'stop', 'nobody'), { code: 1, stderr: /E_NOT_FOUND/ });
});

test('a stop is forgotten with the manifest', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  await host.cli('pod', 'stop', 'web');
  await host.podWhere('stopped', (p) => p.status?.reason === 'Stopped');
  await host.take('web.yaml');
  await host.podGone();
  const file = join(host.dir, 'state/stopped-pods.json');
  await until(async () => (await readFile(file, 'utf8')) === '[]', { what: 'the stop forgotten' });
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
});

test('a pod starts after the one that it names is Ready, and of two that exclude each other one runs', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  const annotated = (name: string, annotations: Readonly<Record<string, string>>) =>
    JSON.stringify({ ...JSON.parse(manifest({ name })), metadata: { name, annotations } });
  await host.drop('app.yaml', annotated('app', { 'bootlet.io/after': 'db' }));
  await host.podWhere('waiting', (p) => p.status?.reason === 'WaitingForPod', 'app');
  await host.drop('db.yaml', annotated('db', {}));
  await host.podWhere('ready', isReady, 'db');
  await host.podWhere('ready', isReady, 'app');
  await host.drop('rival.yaml', annotated('rival', { 'bootlet.io/conflicts-with': 'db' }));
  await host.podWhere('waiting', (p) => p.status?.reason === 'ConflictingPod', 'rival');
  await host.cli('pod', 'stop', 'db');
  await host.podWhere('ready', isReady, 'rival');
  t.ok(isReady(await host.podWhere('still there', () => true, 'app')), 'it goes on without the one it came after');
});

test('an edit under a uid of its own is rolled out in place where the image changed', { skip }, async (t) => {
  const host = await startHost(t);
  const under = (container: Readonly<Record<string, unknown>>) =>
    JSON.stringify({ ...JSON.parse(manifest({ container })), metadata: { name: 'web', uid: 'mine' } });
  await host.drop('web.yaml', under({}));
  const pod = await host.podWhere('ready', isReady);
  t.match(pod.metadata, { uid: 'mine', annotations: { 'kubernetes.io/config.hash': 'mine' } });
  await host.drop('web.yaml', under({ image: 'lab/user:1', command: shell(STAY) }));
  const after = await host.podWhere(
    'restarted',
    (p) => p.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(p),
  );
  t.equal(after.metadata.uid, 'mine');
  t.equal((await host.containers()).filter(({ name }) => name === 'POD').length, 1, 'in the same sandbox');
});
