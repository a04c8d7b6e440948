import { existsSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { test } from 'tap';
import { connectDocker } from '../../../daemon/runtime/docker/docker-runtime.ts';
import { labelsBesidePods, nameOf } from '../../../daemon/runtime/docker/identity.ts';
import { pauseImageName, pauseImageTar } from '../../../daemon/runtime/pause/image.ts';
import type { ObservedContainer } from '../../../daemon/runtime/runtime.ts';
import { startDockerd } from '../../lab/dockerd.ts';
import { labImages } from '../../lab/images.ts';
import { until } from '../../lab/until.ts';
import { missing } from '../../support/requires.ts';
import { containerConfig, LAB_IMAGE, podNamed, sandboxConfig } from '../../support/runtime-configs.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const PAUSE = pauseImageName(architecture);

test('the Docker runtime on a real dockerd', { skip: missing('dockerd', 'tar') }, async (t) => {
  const docker = await startDockerd(t);
  await docker.engine.load(await labImages());
  const warnings: string[] = [];
  const runtime = connectDocker({
    endpoint: docker.endpoint,
    instance: 'lab',
    builtInImages: new Map([[PAUSE, () => pauseImageTar(architecture)]]),
    onWarning: (message) => warnings.push(message),
  });
  t.teardown(() => runtime.close());

  const sandboxFor = async (name: string): Promise<string> => {
    const id = await runtime.createSandbox(sandboxConfig(name, PAUSE));
    await runtime.start(id);
    return id;
  };
  const started = async (name: string, script: string, change = {}): Promise<string> => {
    const id = await runtime.createContainer(containerConfig(name, await sandboxFor(name), script, change));
    await runtime.start(id);
    return id;
  };
  const ended = (id: string): Promise<ObservedContainer> =>
    until(
      async () => {
        const seen = await runtime.inspect(id);
        return seen?.state === 'exited' && seen;
      },
      { what: `the end of ${id}` },
    );

  t.test('says what it talks to', async (t) => {
    t.match(await runtime.version(), { name: 'docker', apiVersion: /^1\.\d+$/ });
  });

  t.test('loads the pause image that bootlet carries when a sandbox needs it', async (t) => {
    t.equal(await runtime.image(PAUSE), undefined);
    const id = await sandboxFor('pause');
    t.match(await runtime.inspect(id), { kind: 'sandbox', state: 'running', image: PAUSE, pod: podNamed('pause') });
  });

  t.test('protects sandboxes from the OOM killer, or warns that it cannot', async (t) => {
    const id = await sandboxFor('oom-score');
    const { HostConfig } = (await docker.engine.call('GET', `/containers/${id}/json`)) as {
      HostConfig: { OomScoreAdj: number };
    };
    t.equal(HostConfig.OomScoreAdj, warnings.length === 0 ? -998 : 0);
    const critical = await started('oom-critical', 'sleep 60', { resources: { oomScoreAdj: -997 } });
    t.match(
      await runtime.inspect(critical),
      { state: 'running' },
      'and a container asks for no more than its sandbox got',
    );
  });

  t.test('creates a sandbox and a container once, however often it is asked', async (t) => {
    const sandbox = sandboxConfig('once', PAUSE);
    const sandboxId = await runtime.createSandbox(sandbox);
    t.equal(await runtime.createSandbox(sandbox), sandboxId);
    const container = containerConfig('once', sandboxId, 'true');
    t.equal(await runtime.createContainer(container), await runtime.createContainer(container));
  });

  t.test('gives a container the network and IPC of its sandbox', async (t) => {
    const [own, shared] = ['namespaces', 'host-namespaces'];
    const namespacesOf = async (id: string) => {
      const { pid } = (await runtime.inspect(id)) ?? { pid: 0 };
      return Promise.all(['net', 'ipc', 'uts', 'pid'].map((kind) => readlink(`/proc/${pid}/ns/${kind}`)));
    };
    const sandboxId = await sandboxFor(own);
    const id = await runtime.createContainer(containerConfig(own, sandboxId, 'sleep 60'));
    await runtime.start(id);
    const [net, ipc] = await namespacesOf(sandboxId);
    t.match(await namespacesOf(id), [net, ipc, String, String]);

    const host = await Promise.all(['net', 'ipc', 'uts', 'pid'].map((kind) => readlink(`/proc/self/ns/${kind}`)));
    const hostSandbox = await runtime.createSandbox(sandboxConfig(shared, PAUSE, { hostIPC: true, hostPID: true }));
    await runtime.start(hostSandbox);
    const inHost = await runtime.createContainer(containerConfig(shared, hostSandbox, 'sleep 60', { pid: 'host' }));
    await runtime.start(inHost);
    t.same(await namespacesOf(inHost), host, 'or the host’s, all of them, when the pod asks for that');
  });

  t.test('leaves a container of someone else alone when it has the name', async (t) => {
    const name = nameOf(podNamed('foreign'), 'POD', 0);
    const body = { Image: LAB_IMAGE, Labels: { 'io.bootlet.instance': 'another' } };
    const { Id } = (await docker.engine.call('POST', `/containers/create?name=${name}`, body)) as { Id: string };
    await t.rejects(runtime.createSandbox(sandboxConfig('foreign', PAUSE)), {
      code: 'E_RUNTIME_CONFLICT',
      message: new RegExp(Id),
    });
    t.equal(await runtime.inspect(Id), undefined, 'it is not even seen');
    t.ok(await docker.engine.call('GET', `/containers/${Id}/json`), 'and it is still there');
  });

  t.test('removes what looked into an image and was left behind, and sees it at no time', async (t) => {
    const body = { Image: LAB_IMAGE, Labels: labelsBesidePods('killed', 'image-accounts') };
    const { Id } = (await docker.engine.call('POST', '/containers/create', body)) as { Id: string };
    const next = connectDocker({ endpoint: docker.endpoint, instance: 'killed' });
    t.teardown(() => next.close());
    t.equal(await next.inspect(Id), undefined);
    t.same(await next.list(), []);
    await t.rejects(docker.engine.call('GET', `/containers/${Id}/json`), /404|[Nn]o such container/);
  });

  t.test('takes starting what runs, and ending what is gone, for done', async (t) => {
    const id = await started('twice', 'sleep 60');
    await runtime.start(id);
    await runtime.signal(id, 'SIGKILL');
    await ended(id);
    await runtime.signal(id, 'SIGTERM');
    await runtime.remove(id);
    await runtime.remove(id);
    await runtime.signal(id, 'SIGKILL');
    t.equal(await runtime.inspect(id), undefined);
  });

  t.test('refuses to remove what runs', async (t) => {
    const id = await started('alive', 'sleep 60');
    await t.rejects(runtime.remove(id), { code: 'E_RUNTIME_REFUSED' });
  });

  t.test('sees how a container ended', async (t) => {
    const before = Date.now();
    const seen = await ended(await started('exit', 'sleep 0.2; exit 3'));
    t.match(seen, { exitCode: 3, oomKilled: false, pid: 0, container: 'main', kind: 'container' });
    t.ok(before <= seen.startedAt && seen.startedAt <= seen.finishedAt && seen.finishedAt <= Date.now());
  });

  t.test('sees that the OOM killer ended it', async (t) => {
    const seen = await ended(
      await started('oom', 'exec tail /dev/zero', { resources: { memoryBytes: 16 * 1024 * 1024 } }),
    );
    t.equal(seen.exitCode, 137);
    if (!(await containerdHearsOfOom()))
      return t.comment('containerd cannot tell here: a cgroup hierarchy has no mount');
    const isFlagged = async () => (await runtime.inspect(seen.id))?.oomKilled;
    t.ok(await until(isFlagged, { what: 'the flag, which may come after the end' }));
  });

  t.test('says in the runtime’s words why a container cannot start', async (t) => {
    const config = containerConfig('no-command', await sandboxFor('no-command'), '', { command: ['/missing'] });
    const id = await runtime.createContainer(config);
    await t.rejects(runtime.start(id), { code: 'E_RUNTIME_REFUSED', message: /missing/ });
    t.match(await runtime.inspect(id), { state: 'created', error: /missing/ });
  });

  t.test('says that an image is missing', async (t) => {
    const sandboxId = await sandboxFor('no-image');
    await t.rejects(runtime.createContainer(containerConfig('no-image', sandboxId, '', { image: 'lab/none:1' })), {
      code: 'E_NOT_FOUND',
    });
  });

  t.test('knows the signal by which an image wants to be stopped', async (t) => {
    const sandboxId = await sandboxFor('stop-signal');
    const script = 'trap "exit 7" USR1; while :; do sleep 0.05; done';
    const id = await runtime.createContainer(
      containerConfig('stop-signal', sandboxId, script, { image: 'lab/stopsignal:1' }),
    );
    await runtime.start(id);
    const { stopSignal } = (await runtime.inspect(id)) ?? {};
    t.equal(stopSignal, 'SIGUSR1');
    // The shell may not have set its trap yet, and ignores the signal until then as process 1.
    const seen = await until(
      async () => {
        await runtime.signal(id, 'SIGUSR1');
        const now = await runtime.inspect(id);
        return now?.state === 'exited' && now;
      },
      { what: 'the end by SIGUSR1' },
    );
    t.equal(seen.exitCode, 7);
  });

  t.test('lists what is its own, running or not', async (t) => {
    const id = await started('listed', 'exit 0');
    await ended(id);
    const listed = await runtime.list();
    t.match(
      listed.find((c) => c.id === id),
      { state: 'exited', kind: 'container' },
    );
    t.ok(listed.some((c) => c.kind === 'sandbox' && c.pod.name === 'listed' && c.state === 'running'));
    t.notOk(listed.some((c) => c.pod.name === 'foreign'));
  });

  t.test('runs a command in a container and has its code and output', async (t) => {
    const id = await started('exec', 'sleep 60');
    t.same(await runtime.exec(id, ['/bin/sh', '-c', 'echo out; exit 4'], 10_000), { exitCode: 4, output: 'out\n' });
    t.match(await runtime.exec(id, ['/bin/sh', '-c', 'echo err >&2'], 10_000), { output: 'err\n' });
    const { output } = await runtime.exec(id, ['/bin/sh', '-c', 'head -c 100000 /dev/zero'], 10_000);
    t.equal(output.length, 10 * 1024, 'and no more than 10 KiB of it');
  });

  t.test('kills a command whose time is over, and nothing else', async (t) => {
    const id = await started('exec-timeout', 'sleep 60');
    const { pid } = (await runtime.inspect(id)) ?? { pid: 0 };
    await t.rejects(runtime.exec(id, ['/bin/sh', '-c', 'echo $$ >/tmp/pid; exec sleep 100'], 300), {
      code: 'E_TIMEOUT',
      message: /was killed/,
    });
    const { output } = await runtime.exec(id, ['/bin/ps'], 10_000);
    t.notMatch(output, /sleep 100/);
    t.ok(existsSync(`/proc/${pid}`), 'the container still runs');
  });

  t.test(
    'kills with a command what it began: in the background, in a session of its own, with another environment',
    async (t) => {
      const id = await started('exec-left', 'sleep 60');
      const began = 'sleep 101 & setsid sleep 102 & (setsid sh -c "sleep 103 & exit" &); env -i sleep 104 & wait';
      await t.rejects(runtime.exec(id, ['/bin/sh', '-c', began], 1_000), { code: 'E_TIMEOUT', message: /was killed/ });
      const { output } = await runtime.exec(id, ['/bin/ps'], 10_000);
      t.notMatch(output, /sleep 10\d/);
      t.match(output, /sleep 60/, 'the container still runs');
    },
  );

  t.test('kills what a command left behind that has ended itself, and keeps its output open', async (t) => {
    const id = await started('exec-orphan', 'sleep 60');
    await t.rejects(runtime.exec(id, ['/bin/sh', '-c', 'setsid sleep 105 & exit 0'], 1_000), { code: 'E_TIMEOUT' });
    t.notMatch((await runtime.exec(id, ['/bin/ps'], 10_000)).output, /sleep 105/);
  });

  t.test('tells a command that cannot be started from one that fails', async (t) => {
    const id = await started('exec-missing', 'sleep 60');
    await t.rejects(runtime.exec(id, ['/no/such/program'], 10_000), { code: 'E_RUNTIME_REFUSED', message: /no such/ });
    t.match(await runtime.exec(id, ['/bin/sh', '-c', 'exit 127'], 10_000), { exitCode: 127 });
  });

  t.test('waits as long as it takes for a command without a time limit', async (t) => {
    const id = await started('exec-unlimited', 'sleep 60');
    t.match(await runtime.exec(id, ['/bin/sh', '-c', 'sleep 1; exit 3']), { exitCode: 3 });
  });

  t.test('tells the two streams of a container’s log apart', async (t) => {
    const id = await started('logs', 'echo one; echo two >&2; echo three');
    await ended(id);
    const texts = { stdout: '', stderr: '' };
    for await (const { stream, data } of await runtime.logs(id, {})) texts[stream] += Buffer.from(data).toString();
    t.same(texts, { stdout: 'one\nthree\n', stderr: 'two\n' });
    let last = '';
    for await (const { data } of await runtime.logs(id, { tail: 1, timestamps: true }))
      last += Buffer.from(data).toString();
    t.match(last, /^\d{4}-\d\d-\d\dT\S+Z (two|three)\n$/);
  });

  t.test('follows a log until it is told to stop', async (t) => {
    const id = await started('follow', 'echo begun; sleep 60');
    const stop = new AbortController();
    let text = '';
    for await (const { data } of await runtime.logs(id, { follow: true, signal: stop.signal })) {
      text += Buffer.from(data).toString();
      stop.abort();
    }
    t.equal(text, 'begun\n');
  });

  t.test('passes a terminal’s output on as it is', async (t) => {
    const id = await started('tty', 'echo hello', { tty: true });
    await ended(id);
    let text = '';
    for await (const { data } of await runtime.logs(id, {})) text += Buffer.from(data).toString();
    t.equal(text, 'hello\r\n');
  });
});

test('a Docker that is not there is said to be unavailable', async (t) => {
  const runtime = connectDocker({ endpoint: 'unix:///nonexistent/docker.sock', instance: 'lab' });
  t.teardown(() => runtime.close());
  await t.rejects(runtime.version(), { code: 'E_RUNTIME_UNAVAILABLE', hint: /systemctl status docker/ });
});

/** On cgroup v1, containerd gives up listening when any hierarchy of a process is mounted nowhere, as a systemd in a container may leave them. */
const containerdHearsOfOom = async (): Promise<boolean> => {
  const hierarchies = (await readFile('/proc/self/cgroup', 'utf8')).trim().split('\n');
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return hierarchies.every((line) => {
    const controller = line.split(':')[1] ?? '';
    return controller === '' || mounts.includes(`rw,${controller}`);
  });
};
