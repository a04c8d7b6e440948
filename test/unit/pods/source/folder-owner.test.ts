import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { folderOwnerType } from '../../../../daemon/pods/resources.ts';
import { checkFolderOwner, FolderOwnerWatch, type HostView } from '../../../../daemon/pods/source/folder-owner.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { scratchFolder } from '../../../support/file-source.ts';

const put = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

/** A host with the real /proc and a root folder of its own. */
const aHost = (t: Test): { root: string; manifests: string; view: HostView } => {
  const root = scratchFolder(t);
  const manifests = join(root, 'etc/kubernetes/manifests');
  mkdirSync(manifests, { recursive: true });
  return { root, manifests, view: { proc: '/proc', root } };
};

/** A real process that was called like a kubelet; ends with the test. */
const aProcess = async (
  t: Test,
  argv0: string,
  args: readonly string[],
  cwd: string,
): Promise<{ pid: number; end(): Promise<void> }> => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', '--', ...args], {
    argv0,
    cwd,
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  t.teardown(end);
  await new Promise((resolve) => child.once('spawn', resolve));
  return { pid: child.pid ?? 0, end };
};

test('a host without a kubelet has no other owner', async (t) => {
  const { manifests, view } = aHost(t);
  t.equal(await checkFolderOwner(manifests, view), undefined);
});

test('a kubelet that is told the folder by flag owns it, whatever it calls the folder', async (t) => {
  const { root, manifests, view } = aHost(t);
  symlinkSync(manifests, join(root, 'link'));
  const spellings = [
    [`--pod-manifest-path=${manifests}`],
    ['--pod-manifest-path', `${manifests}/`],
    [`--pod_manifest_path=${join(root, 'link')}`],
    ['--pod-manifest-path=etc/kubernetes/manifests'],
  ];
  for (const args of spellings) {
    const { pid, end } = await aProcess(t, '/usr/bin/kubelet', args, root);
    t.match(await checkFolderOwner(manifests, view), { pid }, args.join(' '));
    await end();
  }
});

test('a kubelet that is told the folder by its configuration owns it', async (t) => {
  const { root, manifests, view } = aHost(t);
  const main = join(root, 'kubelet/config.yaml');
  put(main, 'kind: KubeletConfiguration\nstaticPodPath: ../etc/kubernetes/manifests\n');
  const { pid } = await aProcess(t, 'kubelet', ['--config', main], root);
  t.match(await checkFolderOwner(manifests, view), { pid });
});

test('a drop-in of the configuration counts before the main file, and the flag before both', async (t) => {
  const { root, manifests, view } = aHost(t);
  const main = join(root, 'kubelet/config.yaml');
  put(main, `staticPodPath: ${manifests}\n`);
  put(join(root, 'kubelet/d/10.conf'), 'staticPodPath: /elsewhere\n');
  put(join(root, 'kubelet/d/20.yaml'), `staticPodPath: ${manifests}\n`);
  const dropIn = await aProcess(t, 'kubelet', [`--config=${main}`, `--config-dir=${join(root, 'kubelet/d')}`], root);
  t.equal(await checkFolderOwner(manifests, view), undefined);
  await dropIn.end();
  await aProcess(t, 'kubelet', [`--config=${main}`, '--pod-manifest-path=/elsewhere'], root);
  t.equal(await checkFolderOwner(manifests, view), undefined);
});

test('a kubelet of another folder, or of none, owns nothing', async (t) => {
  const { root, manifests, view } = aHost(t);
  mkdirSync(join(root, 'other'));
  await aProcess(t, 'kubelet', [`--pod-manifest-path=${join(root, 'other')}`], root);
  await aProcess(t, 'kubelet', ['--config=/does/not/exist'], root);
  await aProcess(t, 'something-else', [`--pod-manifest-path=${manifests}`], root);
  t.equal(await checkFolderOwner(manifests, view), undefined);
});

test('an enabled kubelet.service owns the folder before it has started, as kubeadm sets it up', async (t) => {
  const { root, manifests, view } = aHost(t);
  put(join(root, 'var/lib/kubelet/config.yaml'), `staticPodPath: ${manifests}\n`);
  put(join(root, 'usr/lib/systemd/system/kubelet.service'), '[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n');
  put(
    join(root, 'usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf'),
    [
      '[Service]',
      'Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"',
      'EnvironmentFile=-/etc/default/kubelet',
      'ExecStart=',
      'ExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_EXTRA_ARGS',
    ].join('\n'),
  );
  const wanted = join(root, 'etc/systemd/system/multi-user.target.wants');
  // The unit's configuration names the folder as the host sees it.
  mkdirSync(join(root, dirname(manifests)), { recursive: true });
  symlinkSync(manifests, join(root, manifests));
  t.equal(await checkFolderOwner(manifests, view), undefined, 'not enabled');
  mkdirSync(wanted, { recursive: true });
  symlinkSync('/usr/lib/systemd/system/kubelet.service', join(wanted, 'kubelet.service'));
  t.match(await checkFolderOwner(manifests, view), { what: /kubelet.service/ });
  put(join(root, 'etc/default/kubelet'), 'KUBELET_EXTRA_ARGS="--pod-manifest-path=/elsewhere"\n');
  t.equal(await checkFolderOwner(manifests, view), undefined, 'moved elsewhere by the defaults file');
});

test('a kubelet that starts while bootlet runs is seen within one interval, and so is its end', async (t) => {
  const { root, manifests, view } = aHost(t);
  const store = new Store();
  const clock = new FakeClock();
  const events = new EventRing(clock);
  const log = pino({ level: 'silent' });
  const owners = store.claim(folderOwnerType, 'test');
  const watch = new FolderOwnerWatch({ folder: manifests, host: view, clock, owners, events, log });
  t.teardown(() => watch.stop());
  await watch.start();
  t.same(store.get(folderOwnerType, manifests), {});
  for (let i = 0; i < 3; i++) await watch.look();
  const { pid, end } = await aProcess(t, 'kubelet', [`--pod-manifest-path=${manifests}`], root);
  const seen = new Promise<void>((resolve) => store.watch(folderOwnerType, () => resolve()));
  await clock.advance(15_000);
  await seen;
  t.match(store.get(folderOwnerType, manifests), { contestedBy: { pid } });
  await watch.look();
  await watch.look();
  await watch.look();
  t.match(store.get(folderOwnerType, manifests), { contestedBy: { pid } }, 'it stays known');
  await end();
  await watch.look();
  t.same(store.get(folderOwnerType, manifests), {});
  t.same(
    events.list().map((event) => event.reason),
    ['ManifestFolderContested', 'ManifestFolderUncontested'],
  );
});

test('a folder that does not exist yet is the one of the same name', async (t) => {
  const { root, manifests, view } = aHost(t);
  renameSync(manifests, join(root, 'away'));
  const { pid } = await aProcess(t, 'kubelet', [`--pod-manifest-path=${manifests}`], root);
  t.match(await checkFolderOwner(manifests, view), { pid });
});

/** A procfs of these processes, which are all kubelets of the folder; `broken` ones cannot be looked at. */
const aProcfs = (t: Test, folder: string, pids: readonly number[], broken: readonly number[]): HostView => {
  const root = scratchFolder(t);
  const proc = join(root, 'proc');
  for (const pid of pids) {
    const own = join(proc, String(pid));
    put(join(own, 'cmdline'), ['kubelet', `--pod-manifest-path=${folder}`, ''].join('\0'));
    // A folder in the place of a link: EINVAL.
    if (broken.includes(pid)) mkdirSync(join(own, 'cwd'));
    else symlinkSync('/', join(own, 'cwd'));
    symlinkSync('/', join(own, 'root'));
  }
  return { proc, root };
};

const aWatch = (t: Test, folder: string, host: HostView) => {
  const [store, clock] = [new Store(), new FakeClock()];
  const events = new EventRing(clock);
  const log = pino({ level: 'silent' });
  const owners = store.claim(folderOwnerType, 'test');
  const watch = new FolderOwnerWatch({ folder, host, clock, owners, events, log });
  t.teardown(() => watch.stop());
  return { watch, clock, store, owner: () => store.get(folderOwnerType, folder), events };
};

test('a process that cannot be looked at hides no other', async (t) => {
  const { manifests } = aHost(t);
  const { watch, owner } = aWatch(t, manifests, aProcfs(t, manifests, [1, 2], [1]));
  await watch.start();
  t.match(owner(), { contestedBy: { pid: 2 } });
});

test('an owner that cannot be looked at any more stays the owner', async (t) => {
  const { manifests } = aHost(t);
  const host = aProcfs(t, manifests, [1], []);
  const { watch, owner } = aWatch(t, manifests, host);
  await watch.start();
  rmSync(join(host.proc, '1/cwd'));
  mkdirSync(join(host.proc, '1/cwd'));
  await watch.look();
  t.match(owner(), { contestedBy: { pid: 1 } });
});

test('while no look has succeeded nothing is known, and a look that fails later says so once', async (t) => {
  const { manifests } = aHost(t);
  const host = aProcfs(t, manifests, [], []);
  const { watch, clock, store, owner, events } = aWatch(t, manifests, host);
  await watch.start();
  t.equal(owner(), undefined);
  const next = () => {
    const told = new Promise<void>((resolve) => store.watch(folderOwnerType, () => resolve()));
    return Promise.all([clock.advance(15_000), told]);
  };
  mkdirSync(host.proc);
  await next();
  t.same(owner(), {});
  rmSync(host.proc, { recursive: true });
  await next();
  t.match(owner(), { failure: /ENOENT/ });
  await clock.advance(15_000);
  mkdirSync(host.proc);
  await next();
  t.same(owner(), {});
  t.same(
    events.list().map(({ reason, count }) => [reason, count]),
    [['ManifestFolderOwnerUnknown', 2]],
  );
});
