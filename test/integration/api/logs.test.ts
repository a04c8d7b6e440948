import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import t, { test } from 'tap';
import { startChild } from '../../lab/child.ts';
import { bootletProgram } from '../../lab/program.ts';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podHosts, restartsOf, STAY, shell } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

test('logs are those of the present container, of the one before, the last lines, or no older than', {
  skip,
}, async (t) => {
  const host = await startHost(t);
  // Its first run ends at once, its second one stays.
  const script = `if [ -e /data/was ]; then echo second; echo last; ${STAY}; else echo first; touch /data/was; exit 1; fi`;
  await host.drop(
    'web.yaml',
    manifest({
      container: { command: shell(script), volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      spec: { volumes: [{ name: 'data', emptyDir: {} }] },
    }),
  );
  await host.podWhere('the second run', (pod) => restartsOf(pod) === 1 && isReady(pod));
  const logs = async (...args: string[]) => (await host.cli('logs', 'web', ...args)).stdout;
  await until(async () => (await logs()) === 'second\nlast\n', { what: 'the log' });
  t.equal(await logs('-p'), 'first\n');
  t.equal(await logs('--tail', '1'), 'last\n');
  t.equal(await logs('--since', '1h30m'), 'second\nlast\n');
  t.match(await logs('--timestamps', '--tail', '1'), /^\d{4}-\d\d-\d\dT\S+Z last\n$/);
  t.match(await host.cli('logs', 'web', '--since', 'soon'), { code: 2, stderr: /E_USAGE/ });
});

test('a log that is rotated is read on over its files, followed over them, and linked as collectors want it', {
  skip,
}, async (t) => {
  const host = await startHost(t, { config: { pods: { logs: { maxSize: '8Ki', maxFiles: 2 } } } });
  const script = `echo begun; while [ ! -e /data/go ]; do sleep 0.1; done; i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo line $i; done; ${STAY}`;
  await host.drop(
    'web.yaml',
    manifest({
      container: { command: shell(script), volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      spec: { volumes: [{ name: 'data', hostPath: { path: host.dir } }] },
    }),
  );
  const pod = await host.podWhere('ready', isReady);
  const [program, ...args] = bootletProgram();
  const env = { PATH: process.env['PATH'], BOOTLET_SOCKET: host.socket };
  const follower = startChild([program, ...args, 'logs', '-f', 'web'], { env });
  t.teardown(() => follower.end('SIGKILL'));
  await follower.line(/^begun$/, 30_000);
  t.match(await host.cli('exec', 'web', '--', 'touch', '/data/go'), { code: 0 });
  await follower.line(/^line 300$/, 30_000);

  const lines = (await host.cli('logs', 'web')).stdout.trim().split('\n');
  t.equal(lines.at(-1), 'line 300');
  t.ok(lines.length < 300, 'what was rotated away is gone');

  const { uid, name } = pod.metadata;
  const log = join(host.dir, 'log/pods', `default_${name}_${uid}`, 'main/0.log');
  const target = await readlink(log);
  t.match(await readFile(log, 'utf8'), /line 300/);
  const files = await readdir(join(target, '..'));
  t.ok(files.includes(`${target.split('/').at(-1)}.1`), 'the older file lies beside it');
  const [link = ''] = await readdir(join(host.dir, 'log/containers'));
  t.match(link, new RegExp(`^${name}_default_main-[0-9a-f]{64}\\.log$`));
  t.equal(await readlink(join(host.dir, 'log/containers', link)), log);
});
