import t, { test } from 'tap';
import { startChild } from '../../lab/child.ts';
import { bootletProgram } from '../../lab/program.ts';
import { tryRun } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { isReady, manifest, type PodHost, podHosts } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

const withPod = async (host: PodHost): Promise<void> => {
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
};

test('exec runs a command in a container and exits as it does', { skip }, async (t) => {
  const host = await startHost(t);
  await withPod(host);
  const ran = await host.cli('exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
  t.match(ran, { stdout: 'out\n', stderr: 'err\n', code: 3 });
  t.match(await host.cli('exec', 'web', '--', 'true'), { stdout: '', code: 0 });
  t.match(await host.cli('exec', 'web', '--', 'cat'), { stdout: '', code: 0 }, 'no input is at its end at once');
  t.match(await host.cli('exec', 'web', '-c', 'none', '--', 'true'), {
    code: 2,
    stderr: /container none is not valid/,
  });
  t.match(await host.cli('exec', 'none', '--', 'true'), { code: 1, stderr: /there is no pod none/ });
  t.not((await host.cli('exec', 'web', '--', '/no/such/command')).code, 0);
});

test('exec passes its input on, all of it, and the output back', { skip }, async (t) => {
  const host = await startHost(t);
  await withPod(host);
  const text = 'line\n'.repeat(100_000);
  const [program, ...args] = bootletProgram();
  const env = { PATH: process.env['PATH'], BOOTLET_SOCKET: host.socket };
  const ran = await tryRun(program, [...args, 'exec', '-i', 'web', '--', 'cat'], { env, input: text });
  t.equal(ran.code, 0);
  t.equal(ran.stdout.length, text.length);
  const head = ['sh', '-c', 'head -c 6; exit 7'];
  const cut = await tryRun(program, [...args, 'exec', '-i', 'web', '--', ...head], { env, input: text.repeat(20) });
  t.match(cut, { stdout: /^line\nl$/, stderr: '', code: 7 }, 'a command need not read all of it');
});

test('a command is killed when its client goes', { skip }, async (t) => {
  const host = await startHost(t);
  await withPod(host);
  const [program, ...args] = bootletProgram();
  const env = { PATH: process.env['PATH'], BOOTLET_SOCKET: host.socket };
  const client = startChild([program, ...args, 'exec', 'web', '--', 'sh', '-c', 'echo begun; exec sleep 7654'], {
    env,
  });
  t.teardown(() => client.end('SIGKILL'));
  await client.line(/begun/, 20_000);
  const isThere = async (): Promise<boolean> =>
    (await host.cli('exec', 'web', '--', 'sh', '-c', 'cat /proc/[0-9]*/cmdline')).stdout.includes('7654');
  t.ok(await isThere());
  await client.end('SIGKILL');
  await until(async () => !(await isThere()), { what: 'the command gone', every: 200 });
});

test('with -it the command has a terminal, of the size of the one it is called from', { skip }, async (t) => {
  const host = await startHost(t);
  await withPod(host);
  // The size is told once the command has begun.
  const script = 'tty; until stty size | grep "33 77"; do sleep 0.1; done; exit 4';
  const command = [...bootletProgram(), 'exec', '-it', 'web', '--', 'sh', '-c', `'${script}'`];
  const env = { PATH: process.env['PATH'], BOOTLET_SOCKET: host.socket };
  // script(1) gives its command a terminal.
  const called = `stty rows 33 cols 77; ${command.join(' ')}`;
  const ran = await tryRun('script', ['-qec', called, '/dev/null'], { env: { ...env, SHELL: '/bin/sh' } });
  t.match(ran, { stdout: /\/dev\/(pts\/\d|console)[^]*33 77/, code: 4 });
});
