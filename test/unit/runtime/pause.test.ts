import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { assemble, assemblers } from '../../../build/pause.ts';
import { pauseElf } from '../../../daemon/runtime/pause/elf.ts';
import {
  type PauseArchitecture,
  pauseArchitectures,
  pauseImageName,
  pauseImageTar,
} from '../../../daemon/runtime/pause/image.ts';
import { until } from '../../lab/until.ts';
import { missing, skipUnless } from '../../support/requires.ts';

const native: PauseArchitecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const emulator: Record<PauseArchitecture, string> = { amd64: 'qemu-x86_64-static', arm64: 'qemu-aarch64-static' };
const needsRoot = skipUnless(process.getuid?.() === 0, 'namespaces need root');

const programFile = (t: Test, architecture: PauseArchitecture): string => {
  const file = join(t.testdir(), 'pause');
  writeFileSync(file, Buffer.from(pauseElf[architecture], 'base64'), { mode: 0o755 });
  return file;
};

/** The number of rt_sigtimedwait in /proc/PID/syscall. */
const waitingCall = process.arch === 'arm64' ? '137 ' : '128 ';

/** Starts the program and resolves when it waits for its signals. */
const startPause = async (t: Test, argv: string[]) => {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { stdio: 'ignore' });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${command}`);
  t.teardown(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const inside = async (): Promise<number> => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')) || pid;
  const isWaiting = async () => readFileSync(`/proc/${await inside()}/syscall`, 'utf8').startsWith(waitingCall);
  await until(isWaiting, { what: 'pause waits for signals', within: 10_000 });
  return { pid: await inside(), exit };
};

for (const architecture of pauseArchitectures) {
  const isNative = architecture === native;
  test(`pause for ${architecture}`, { skip: !isNative && missing(emulator[architecture]) }, async (t) => {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      t.test(`it exits 0 on ${signal}`, async (t) => {
        const file = programFile(t, architecture);
        const { pid, exit } = await startPause(t, isNative ? [file] : [emulator[architecture], file]);
        process.kill(pid, signal);
        t.same(await exit, [0, null]);
      });
    }
  });

  const skip = missing(...assemblers(architecture));
  test(`the program for ${architecture} is what its source assembles to`, { skip }, async (t) => {
    t.equal((await assemble(architecture)).toString('base64'), pauseElf[architecture]);
  });

  test(`the image for ${architecture} is an archive of one layer with the program in it`, async (t) => {
    const folder = t.testdir();
    const extract = (archive: Buffer, into: string): void => {
      mkdirSync(into);
      execFileSync('tar', ['-xf', '-', '-C', into], { input: archive });
    };
    extract(pauseImageTar(architecture), join(folder, 'image'));
    const [manifest] = JSON.parse(readFileSync(join(folder, 'image/manifest.json'), 'utf8'));
    t.same(manifest.RepoTags, [pauseImageName(architecture)]);
    const config = JSON.parse(readFileSync(join(folder, 'image', manifest.Config), 'utf8'));
    t.match(config, { architecture, os: 'linux', config: { Entrypoint: ['/pause'] } });
    const layer = readFileSync(join(folder, 'image', manifest.Layers[0]));
    t.same(config.rootfs.diff_ids, [`sha256:${createHash('sha256').update(layer).digest('hex')}`]);
    extract(layer, join(folder, 'root'));
    t.equal(readFileSync(join(folder, 'root/pause')).toString('base64'), pauseElf[architecture]);
  });
}

test('its process is named pause', async (t) => {
  const { pid } = await startPause(t, [programFile(t, native)]);
  t.equal(readFileSync(`/proc/${pid}/comm`, 'utf8'), 'pause\n');
});

test('a process that was stopped and continued goes on waiting', async (t) => {
  const { pid, exit } = await startPause(t, [programFile(t, native)]);
  process.kill(pid, 'SIGSTOP');
  process.kill(pid, 'SIGCONT');
  process.kill(pid, 'SIGTERM');
  t.same(await exit, [0, null]);
});

test('as PID 1 of a namespace', { skip: needsRoot || missing('unshare', 'nsenter') }, async (t) => {
  const inNamespace = (t: Test) =>
    startPause(t, ['unshare', '--pid', '--fork', '--kill-child', programFile(t, native)]);
  const children = (pid: number): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();

  t.test('it exits 0 on SIGTERM', async (t) => {
    const { pid, exit } = await inNamespace(t);
    process.kill(pid, 'SIGTERM');
    t.same(await exit, [0, null]);
  });

  t.test('it leaves no zombie of the processes that it inherits', async (t) => {
    const { pid } = await inNamespace(t);
    execFileSync('nsenter', ['--target', String(pid), '--pid', 'sh', '-c', 'sleep 100 >/dev/null 2>&1 &']);
    const orphan = await until(() => Number(children(pid)) || false, { what: 'pause inherits the orphan' });
    process.kill(orphan, 'SIGKILL');
    await until(() => children(pid) === '', { what: 'the orphan is reaped', within: 5_000 });
    t.throws(() => readFileSync(`/proc/${orphan}/status`), { code: 'ENOENT' });
  });
});

test('programs differ by architecture, and so do the names of their images', async (t) => {
  t.not(pauseImageName('amd64'), pauseImageName('arm64'));
  t.match(pauseImageName('amd64'), /^bootlet\.io\/pause:[0-9a-f]{12}$/);
});

test('the archive is the same every time', async (t) => {
  t.ok(pauseImageTar('amd64').equals(pauseImageTar('amd64')));
});
