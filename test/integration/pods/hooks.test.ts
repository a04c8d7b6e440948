import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test, test } from 'tap';
import { podFiles } from '../../../daemon/pods/create/pod-files.ts';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podHosts, shell } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

const hook = (script: string) => ({ exec: { command: shell(script) } });

interface Options {
  readonly container?: object;
  readonly spec?: object;
}

/** A pod whose one container has a folder of the test as /out; in `log` there it and its hooks say what they do. */
const aPod = (t: Test, lifecycle: object, { container = {}, spec = {} }: Options = {}) => {
  const out = t.testdir();
  const text = manifest({
    container: {
      command: shell("echo start >> /out/log; trap 'echo term >> /out/log; exit 0' TERM; sleep 100000 & wait"),
      lifecycle,
      volumeMounts: [{ name: 'out', mountPath: '/out' }],
      ...container,
    },
    spec: { volumes: [{ name: 'out', hostPath: { path: out } }], terminationGracePeriodSeconds: 60, ...spec },
  });
  const log = async (): Promise<readonly string[]> =>
    (await readFile(join(out, 'log'), 'utf8')).split('\n').slice(0, -1);
  const says = (line: string, times = 1) =>
    until(async () => (await log()).filter((each) => each === line).length >= times, { what: `${line} in the log` });
  return { text, log, says, release: () => writeFile(join(out, 'go'), '') };
};

const WAITS = 'until [ -e /out/go ]; do sleep 0.1; done';

test('a preStop hook whose daemon is killed, its manifest gone, is run again before the process is asked to end', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  const { text, log, says, release } = aPod(t, { preStop: hook(`echo hook >> /out/log; ${WAITS}`) });
  await host.drop('web.yaml', text);
  await host.podWhere('ready', isReady);
  await host.take('web.yaml');
  await says('hook');
  await host.kill9();
  await host.start();
  await says('hook', 2);
  await release();
  await host.podGone();
  t.same(await log(), ['start', 'hook', 'hook', 'term']);
});

test('a preStop hook that outlives the grace is cut off, and then the process is asked to end', { skip }, async (t) => {
  const host = await startHost(t);
  // Long enough for the hook to have begun, also on a busy machine.
  const spec = { terminationGracePeriodSeconds: 5 };
  const { text, log } = aPod(t, { preStop: hook(`echo hook >> /out/log; ${WAITS}; echo end >> /out/log`) }, { spec });
  await host.drop('web.yaml', text);
  await host.podWhere('ready', isReady);
  await host.take('web.yaml');
  await host.podGone();
  t.same(await log(), ['start', 'hook', 'term']);
});

test('a container that its liveness probe ends runs its preStop hook too', { skip }, async (t) => {
  const host = await startHost(t);
  const livenessProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 };
  const { text, log, says } = aPod(t, { preStop: hook('echo hook >> /out/log') }, { container: { livenessProbe } });
  await host.drop('web.yaml', text);
  await says('start', 2);
  t.same((await log()).slice(0, 4), ['start', 'hook', 'term', 'start']);
});

test('a container that ends by itself runs no preStop hook', { skip }, async (t) => {
  const host = await startHost(t);
  const container = { command: shell('echo start >> /out/log') };
  const { text, log } = aPod(
    t,
    { preStop: hook('echo hook >> /out/log') },
    { container, spec: { restartPolicy: 'Never' } },
  );
  await host.drop('web.yaml', text);
  await host.podWhere('ended', (p) => p.status?.phase === 'Succeeded');
  await host.take('web.yaml');
  await host.podGone();
  t.same(await log(), ['start']);
});

test('a postStart hook that has ended is not run again by the next daemon, and one that was cut off is', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  const { text, log, says, release } = aPod(t, { postStart: hook(`echo hook >> /out/log; ${WAITS}`) });
  await host.drop('web.yaml', text);
  await says('hook');
  const pending = await host.podWhere('made', (p) => p.status?.containerStatuses?.length === 1);
  t.match(pending.status, { phase: 'Pending', containerStatuses: [{ started: false, state: { waiting: {} } }] });
  await host.kill9();
  await host.start();
  await says('hook', 2);
  await release();
  const { metadata } = await host.podWhere('ready', isReady);
  const { hooks } = podFiles(join(host.dir, 'state'), metadata.uid);
  await until(() => existsSync(hooks), { what: 'the record' });
  await host.kill9();
  await host.start();
  await host.podWhere('ready', isReady);
  t.same(
    (await log()).filter((line) => line !== 'start'),
    ['hook', 'hook'],
  );
});
