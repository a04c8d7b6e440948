import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Test, test } from 'tap';
import { podFiles } from '../../../../daemon/pods/create/pod-files.ts';
import { removeAllPodFolders } from '../../../../daemon/pods/reset.ts';
import { containerType, podSpecType, runtimeStateType, sourcesReadyType } from '../../../../daemon/pods/resources.ts';
import { type FolderSweepOptions, folderSweep } from '../../../../daemon/pods/worker/folder-sweep.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { until } from '../../../lab/until.ts';
import { aRuntime } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aMountLab, bindMount, mountPoints } from '../../../support/mounts.ts';
import { aRun, aSpec } from '../../../support/pod-builders.ts';

/** A state folder with the folder of pod uid-1, which nobody wants any more, and a folder that it shows by a mount. */
const aHost = async (t: Test) => {
  const { root, mounter } = await aMountLab(t);
  const [state, podLogs, precious] = [join(root, 'state'), join(root, 'logs'), join(root, 'precious')];
  const folder = podFiles(state, 'uid-1').root;
  await mkdir(join(folder, 'volumes'), { recursive: true });
  await writeFile(join(folder, 'volumes/file'), '');
  await mkdir(precious);
  await writeFile(join(precious, 'file'), '');
  await mkdir(join(podLogs, 'default_web_uid-1'), { recursive: true });
  const store = new Store();
  const clock = new FakeClock();
  store.claim(sourcesReadyType, 'test').put('/m', { pods: 0 });
  store.claim(runtimeStateType, 'test').put('r', aRuntime());
  const told: string[] = [];
  const options: FolderSweepOptions = {
    state,
    logFolders: { podLogs, containerLogs: join(root, 'containers') },
    mounter,
    clock,
    release: async () => undefined,
    onGone: (uid) => told.push(`gone ${uid}`),
    onKept: (uid) => told.push(`kept ${uid}`),
  };
  const sweep = async (): Promise<void> => {
    await clock.advance(1000);
    const controller = folderSweep(options);
    const keys = new Set<string>();
    for (const input of controller.inputs) input.connect(store, (more) => more.forEach((key) => void keys.add(key)));
    const results: Promise<unknown>[] = [];
    // Those that come while it goes on are taken too.
    for (const key of keys) {
      const result = controller.reconcile(key, { store, put: () => undefined, remove: () => undefined });
      results.push(result);
      await Promise.allSettled([result]);
    }
    await Promise.all(results);
  };
  /** Runs the sweep as the daemon does. */
  const start = (with_: Partial<FolderSweepOptions> = {}): void => {
    const engine = new Engine({ store, clock, random: () => 0.5, onFailure: () => undefined });
    engine.add(folderSweep({ ...options, ...with_ }));
    engine.start();
    t.teardown(() => engine.stop());
  };
  return {
    root,
    state,
    precious,
    folder,
    podLogs,
    store,
    mounter,
    told,
    sweep,
    start,
    clock,
    left: () => readdir(join(state, 'pods')),
  };
};

test('the folder of a pod that is neither wanted nor seen goes, with its logs', async (t) => {
  const host = await aHost(t);
  await host.sweep();
  t.same(await host.left(), []);
  t.same(await readdir(host.podLogs), []);
  t.same(host.told, ['gone uid-1']);
});

test('the folder of a pod that is wanted, or of which a container is left, stays', async (t) => {
  const wanted = await aHost(t);
  wanted.store.claim(podSpecType, 'test').put('default/web-n', aSpec());
  await wanted.sweep();
  t.same(await wanted.left(), ['uid-1']);
  const seen = await aHost(t);
  seen.store.claim(containerType, 'test').put('c', aRun());
  await seen.sweep();
  t.same(await seen.left(), ['uid-1']);
});

test('the logs of a pod whose uid only ends like it stay: they may be a kubelet’s', async (t) => {
  const host = await aHost(t);
  await mkdir(join(host.podLogs, 'default_web_a_uid-1'));
  await host.sweep();
  t.same(await readdir(host.podLogs), ['default_web_a_uid-1']);
});

test('links to the logs of a pod go with them, and no others', async (t) => {
  const host = await aHost(t);
  const links = join(host.root, 'containers');
  await mkdir(links);
  await symlink(join(host.podLogs, 'default_web_uid-1/main/0.log'), join(links, 'web_default_main-1.log'));
  await symlink(join(host.podLogs, 'default_web_uid-10/main/0.log'), join(links, 'web_default_main-2.log'));
  await writeFile(join(links, 'file'), '');
  await host.sweep();
  t.same(await readdir(links), ['file', 'web_default_main-2.log']);
});

test('a uid that reads like a folder that was set aside is one like others', async (t) => {
  const uid = 'uid-1.7.removed';
  const host = await aHost(t);
  const { root } = podFiles(host.state, uid);
  await mkdir(root);
  const specs = host.store.claim(podSpecType, 'test');
  specs.put('default/web-n', aSpec({}, uid));
  await host.sweep();
  t.same(await host.left(), [basename(root)]);
  specs.remove('default/web-n');
  await host.sweep();
  t.same(await host.left(), []);
});

test('what is mounted is unmounted first, and what it shows stays', async (t) => {
  const host = await aHost(t);
  await bindMount(host.mounter, host.precious, join(host.folder, 'volume-subpaths/v/main/0'));
  await host.sweep();
  t.same(await host.left(), []);
  t.ok(existsSync(join(host.precious, 'file')));
});

test('while a mount is in use nothing in the folder is removed, it is reported, and other folders go', async (t) => {
  const host = await aHost(t);
  await mkdir(podFiles(host.state, 'uid-2').root);
  await bindMount(host.mounter, host.precious, join(host.folder, 'volume-subpaths/v/main/0'));
  const holder = await open(join(host.folder, 'volume-subpaths/v/main/0/file'), 'r');
  await t.rejects(host.sweep(), { code: 'E_VOLUME', message: /cannot be unmounted/, hint: /fuser/ });
  const [kept = '', ...others] = await host.left();
  t.same(others, []);
  t.ok(existsSync(join(host.state, 'pods', kept, 'volumes/file')));
  t.ok(existsSync(join(host.precious, 'file')));
  t.same(host.told.toSorted(), ['gone uid-2', 'kept uid-1']);
  await holder.close();
  await host.sweep();
  t.same(await host.left(), []);
  t.ok(existsSync(join(host.precious, 'file')));
});

test('a mount that stays is not tried anew at each change of other pods, and their folders go', async (t) => {
  const host = await aHost(t);
  await bindMount(host.mounter, host.precious, join(host.folder, 'volumes/mounted'));
  const holder = await open(join(host.folder, 'volumes/mounted/file'), 'r');
  await host.clock.advance(1000);
  host.start();
  await until(() => host.told.includes('kept uid-1'), { what: 'it is kept' });
  const containers = host.store.claim(containerType, 'test');
  for (let i = 0; i < 20; i += 1) {
    containers.put('c', aRun({ startedAt: i }, 'uid-3'));
    await host.clock.settle();
  }
  await mkdir(podFiles(host.state, 'uid-2').root);
  await host.clock.advance(1000);
  await until(() => host.told.includes('gone uid-2'), { what: 'the other is gone' });
  t.ok(host.told.filter((one) => one === 'kept uid-1').length <= 3, 'only its own back-off tries it again');
  await holder.close();
});

test('a folder whose mounts do not answer holds up no other', async (t) => {
  const host = await aHost(t);
  const { promise: never, resolve } = Promise.withResolvers<void>();
  await host.clock.advance(1000);
  host.start({ mounter: { unmountBelow: (folder) => (folder.includes('uid-1') ? never : Promise.resolve()) } });
  t.teardown(resolve);
  await until(async () => (await host.left())[0]?.endsWith('.removed') === true, { what: 'it is set aside' });
  await mkdir(podFiles(host.state, 'uid-2').root);
  host.store.claim(containerType, 'test').put('c', aRun({}, 'uid-3'));
  await host.clock.advance(1000);
  await until(() => host.told.includes('gone uid-2'), { what: 'the other is gone' });
  t.same(host.told, ['gone uid-2']);
});

test('a pod of the same uid may be made anew while its old folder cannot go', async (t) => {
  const host = await aHost(t);
  await bindMount(host.mounter, host.precious, join(host.folder, 'volumes/mounted'));
  const holder = await open(join(host.folder, 'volumes/mounted/file'), 'r');
  await t.rejects(host.sweep());
  await mkdir(host.folder);
  await t.rejects(host.sweep());
  t.equal((await host.left()).length, 1, 'the new folder went, the old one is the only one left');
  await holder.close();
  await host.sweep();
  t.same(await host.left(), []);
});

test('a daemon that was killed on the way leaves what the next one ends', async (t) => {
  const mounted = await aHost(t);
  await bindMount(mounted.mounter, mounted.precious, join(mounted.folder, 'volumes/mounted'));
  await rename(mounted.folder, `${mounted.folder}.7.removed`);
  await mounted.sweep();
  t.same(await mounted.left(), [], 'killed before it unmounted');
  t.ok(existsSync(join(mounted.precious, 'file')));
  const unmounted = await aHost(t);
  await rename(unmounted.folder, `${unmounted.folder}.7.removed`);
  await unmounted.sweep();
  t.same(await unmounted.left(), [], 'killed before it removed');
  t.same(unmounted.told, ['gone uid-1']);
});

test('a reset takes the folders of all pods, and leaves whole what cannot be unmounted', async (t) => {
  const host = await aHost(t);
  await mkdir(podFiles(host.state, 'uid-2').root);
  await bindMount(host.mounter, host.precious, join(host.folder, 'volumes/mounted'));
  const holder = await open(join(host.folder, 'volumes/mounted/file'), 'r');
  await t.rejects(
    removeAllPodFolders(host.state, host.mounter, async () => {}),
    { code: 'E_VOLUME' },
  );
  t.same(await host.left(), ['uid-1']);
  t.ok(existsSync(join(host.folder, 'volumes/file')));
  await holder.close();
  await removeAllPodFolders(host.state, host.mounter, async () => {});
  t.same(await host.left(), []);
  t.ok(existsSync(join(host.precious, 'file')));
  t.notOk(mountPoints().some((point) => point.startsWith(host.root)));
});
