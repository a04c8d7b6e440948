import t, { test } from 'tap';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podHosts, restartsOf, STAY, shell } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

test('a process that is killed runs again at once, as a new container', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  const [main] = (await host.containers()).filter((c) => c.name === 'main');
  process.kill(main?.pid ?? 0, 'SIGKILL');
  const pod = await host.podWhere('restarted and ready', (p) => restartsOf(p) === 1 && isReady(p));
  t.match(pod.status?.containerStatuses?.[0]?.lastState, { terminated: { exitCode: 137, reason: 'Error' } });
  t.not(pod.status?.containerStatuses?.[0]?.containerID, `docker://${main?.id}`);
});

test('a container that keeps failing is restarted once at once and then backs off, also over a restart of the daemon', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest({ container: { command: shell('exit 3') } }));
  const waiting = (what: string) =>
    host.podWhere(what, (p) => p.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff');
  const pod = await waiting('in back-off');
  t.equal(restartsOf(pod), 1);
  t.match(
    pod.status?.containerStatuses?.[0]?.state?.waiting?.message,
    /^back-off 10s restarting failed container=main pod=/,
  );
  await host.restart();
  t.equal(restartsOf(await waiting('still in back-off')), 1);
});

test('containers of Never and OnFailure pods end as their policy says', { skip }, async (t) => {
  const host = await startHost(t);
  const ending = (name: string, restartPolicy: string, script: string) =>
    host.drop(`${name}.yaml`, manifest({ name, container: { command: shell(script) }, spec: { restartPolicy } }));
  await ending('fails', 'Never', 'exit 4');
  await ending('succeeds', 'OnFailure', 'exit 0');
  const failed = await host.podWhere('failed', (p) => p.status?.phase === 'Failed', 'fails');
  t.match(failed.status?.containerStatuses?.[0], {
    restartCount: 0,
    state: { terminated: { exitCode: 4, reason: 'Error' } },
  });
  const succeeded = await host.podWhere('succeeded', (p) => p.status?.phase === 'Succeeded', 'succeeds');
  t.match(succeeded.status?.containerStatuses?.[0], {
    restartCount: 0,
    state: { terminated: { exitCode: 0, reason: 'Completed' } },
  });
});

test('a command that does not exist is a start error with the words of the runtime', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest({ container: { command: ['/no/such/command'] } }));
  const pod = await host.podWhere(
    'in back-off',
    (p) => p.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
  );
  t.match(pod.status?.containerStatuses?.[0]?.lastState?.terminated, {
    reason: 'StartError',
    exitCode: 128,
    message: /no\/such\/command/,
  });
});

test('a process that ignores its stop signal is killed when the grace is over, however often the daemon is started again', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest({ container: { command: shell("trap '' TERM; while :; do sleep 0.1; done") } }));
  await host.podWhere('ready', isReady);
  await host.take('web.yaml');
  await until(async () => (await host.events()).some((e) => e.reason === 'Killing'), { what: 'the stop' });
  const asked = Date.now();
  await host.kill9();
  await host.start();
  await host.nothingLeft();
  const seconds = (Date.now() - asked) / 1000;
  t.ok(seconds > 1.5, `grace of 2 s was given: ${seconds} s`);
});

test('a process that ignores its stop signal from its first moment is killed when the grace is over', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest({ container: { command: shell("trap '' TERM; while :; do sleep 0.1; done") } }));
  await host.podWhere('ready', isReady);
  await host.take('web.yaml');
  await host.nothingLeft();
});

test('a restart that an administrator asks for makes the containers anew, without back-off', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  const { code } = await host.cli('pod', 'restart', 'web');
  t.equal(code, 0);
  await host.podWhere('made anew', (p) => restartsOf(p) === 1 && isReady(p));
});

test('init containers run in order before the main one, and a failing one is tried again', { skip }, async (t) => {
  const host = await startHost(t);
  const init = (name: string, script: string) => ({
    name,
    image: 'lab/busybox:1',
    imagePullPolicy: 'Never',
    command: shell(script),
    volumeMounts: [{ name: 'out', mountPath: '/out' }],
  });
  const spec = {
    volumes: [{ name: 'out', hostPath: { path: `${host.dir}/out` } }],
    initContainers: [
      init('one', 'echo one >> /out/log; [ -e /out/again ] || { touch /out/again; exit 1; }'),
      init('two', 'echo two >> /out/log'),
    ],
  };
  await host.drop(
    'web.yaml',
    manifest({
      spec,
      container: { command: shell(`cat /out/log; ${STAY}`), volumeMounts: [{ name: 'out', mountPath: '/out' }] },
    }),
  );
  const pod = await host.podWhere('ready', isReady);
  t.match(pod.status?.initContainerStatuses, [
    { name: 'one', ready: true, restartCount: 1 },
    { name: 'two', ready: true, restartCount: 0 },
  ]);
  t.equal((await host.cli('logs', 'web')).stdout, 'one\none\ntwo\n');
});
