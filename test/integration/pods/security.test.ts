import { readFile } from 'node:fs/promises';
import t, { test } from 'tap';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podHosts, STAY, shell } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

test('what the host cannot confine is told, and the container runs without', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest({ container: { securityContext: { seLinuxOptions: { level: 's0:c1,c2' } } } }));
  await host.podWhere('ready', isReady);
  t.ok((await host.events()).some((e) => e.reason === 'ContainerLimited' && /SELinux/.test(e.message)));
});

test('a pod that wants a user namespace of its own does not start, and says why', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest({ spec: { hostNetwork: false, hostUsers: false } }));
  const refused = async () => (await host.events()).find((e) => e.reason === 'FailedCreatePodSandBox');
  t.match((await until(refused, { what: 'the refusal' })).message, /does not support user namespaces/);
});

test('containers of a pod may share its processes, which the sandbox reaps', { skip }, async (t) => {
  const host = await startHost(t);
  const spec = { shareProcessNamespace: true };
  // The sleeping grandchild loses its parent at once and is handed to the first process of the pod.
  await host.drop('web.yaml', manifest({ spec, container: { command: shell(`(sleep 100000 &); ${STAY}`) } }));
  await host.podWhere('ready', isReady);
  const sandbox = (await host.containers()).find(({ name }) => name === 'POD');
  const children = async () => (await readFile(`/proc/${sandbox?.pid}/task/${sandbox?.pid}/children`, 'utf8')).trim();
  const orphan = await until(async () => Number(await children()) || undefined, { what: 'the orphan handed over' });
  process.kill(orphan, 'SIGKILL');
  await until(async () => (await children()) === '', { what: 'the orphan reaped' });
});
