import { setTimeout as delay } from 'node:timers/promises';
import t, { test } from 'tap';
import { bootletProgram } from '../../lab/program.ts';
import { tryRun } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podDocker, podHosts, restartsOf, startPodHost } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

test('SIGTERM and SIGKILL of the daemon leave pods running, and the next daemon restarts nothing', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  const before = await host.containers();
  await host.stop();
  t.same(await host.containers(), before);
  await host.start();
  await host.kill9();
  await host.start();
  await host.podWhere('ready', isReady);
  t.same(await host.containers(), before);
});

test('a daemon killed at any moment while pods start ends with each of them running once', { skip }, async (t) => {
  const host = await startHost(t);
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) await host.drop(`${name}.yaml`, manifest({ name }));
  // Not waits for something: the moments at which it is killed, spread over the time that the pods take to start.
  for (const moment of [30, 60, 120, 200, 350]) {
    await delay(moment);
    await host.kill9();
    await host.start();
  }
  for (const name of names) await host.podWhere(`${name} ready`, isReady, name);
  const settled = async () => {
    const list = await host.containers();
    return list.length === 2 * names.length && list.every((c) => c.state === 'running') ? list : undefined;
  };
  const containers = await until(settled, { what: 'two containers for each pod' });
  for (const name of names) t.equal((await host.status(name))?.restartCount, 0);
  await host.kill9();
  await host.start();
  await host.podWhere('ready', isReady, 'a');
  t.same(await host.containers(), containers);
});

test('a daemon killed at any moment of an edit ends with the new pod alone', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  let uid = (await host.podWhere('ready', isReady)).metadata.uid;
  for (const moment of [0, 40, 120]) {
    await host.drop('web.yaml', manifest({ container: { env: [{ name: 'EDIT', value: String(moment) }] } }));
    await delay(moment);
    await host.kill9();
    await host.start();
    const before = uid;
    const pod = await host.podWhere('the new pod ready', (p) => p.metadata.uid !== before && isReady(p));
    uid = pod.metadata.uid;
    await until(async () => (await host.containers()).length === 2, { what: 'nothing left of the old pod' });
  }
});

test('a second bootlet on the same state folder refuses to start', { skip }, async (t) => {
  const host = await startHost(t);
  const [program, ...args] = bootletProgram();
  const second = await tryRun(program, [...args, 'run', '--config', host.configFile]);
  t.equal(second.code, 1);
  t.match(second.stderr, /another bootlet runs on .*E_STATE_LOCKED/);
});

test('dockerd that is away or restarted does not end the daemon, and pods come back', { skip }, async (t) => {
  const docker = await podDocker(t);
  const host = await startPodHost(t, docker);
  await host.drop('web.yaml', manifest());
  await host.drop('job.yaml', manifest({ name: 'job', spec: { restartPolicy: 'Never' } }));
  await host.podWhere('ready', isReady);
  await host.podWhere('ready', isReady, 'job');
  const pid = host.pid();
  await docker.stop();
  await until(async () => /✗ RuntimeReady/.test((await host.cli('status')).stdout), { what: 'the condition' });
  await docker.start();
  await host.podWhere('ready again', (p) => isReady(p) && restartsOf(p) === 1);
  const job = await host.podWhere(
    'ended',
    (p) => p.status?.phase === 'Succeeded' || p.status?.phase === 'Failed',
    'job',
  );
  t.equal(restartsOf(job), 0);
  t.equal(host.pid(), pid);
});
