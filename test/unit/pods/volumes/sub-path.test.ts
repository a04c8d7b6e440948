import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { bindSubPath, makeSubPath } from '../../../../daemon/pods/volumes/sub-path.ts';
import { aMountLab, mountPoints } from '../../../support/mounts.ts';

/** A volume, a file of the host outside of it, and where to bind. */
const aVolume = async (t: Test) => {
  const { root, mounter } = await aMountLab(t);
  const [volume, outside, target] = [join(root, 'volume'), join(root, 'outside'), join(root, 'pod/0')];
  await mkdir(volume);
  await chmod(volume, 0o2777);
  await mkdir(outside);
  await writeFile(join(outside, 'secret'), 'secret');
  const bind = (subPath: string): Promise<void> => bindSubPath(volume, subPath, target, mounter);
  return { root, volume, outside, target, mounter, bind };
};

test('folders that are missing are made with the mode of the volume', async (t) => {
  const { volume } = await aVolume(t);
  await makeSubPath(volume, 'a/./b//c');
  t.equal((await stat(join(volume, 'a'))).mode & 0o7777, 0o2777);
  t.equal((await stat(join(volume, 'a/b/c'))).mode & 0o7777, 0o2777);
});

test('what is there stays as it is', async (t) => {
  const { volume } = await aVolume(t);
  await mkdir(join(volume, 'mine'), { mode: 0o700 });
  await makeSubPath(volume, 'mine');
  t.equal((await stat(join(volume, 'mine'))).mode & 0o777, 0o700);
});

test('nothing is made outside of the volume, whatever links lead there', async (t) => {
  const { volume, outside } = await aVolume(t);
  await symlink(outside, join(volume, 'out'));
  await symlink(join(outside, 'new'), join(volume, 'dangling'));
  await t.rejects(makeSubPath(volume, 'out/new'), { code: 'E_VOLUME' });
  await t.rejects(makeSubPath(volume, 'dangling/new'));
  t.notOk(existsSync(join(outside, 'new')));
});

test('a folder or a file of a volume is bound to its place', async (t) => {
  const { volume, target, bind, mounter } = await aVolume(t);
  await mkdir(join(volume, 'folder'));
  await writeFile(join(volume, 'folder/file'), 'text');
  await bind('folder');
  t.equal(await readFile(join(target, 'file'), 'utf8'), 'text');
  await mounter.unmountBelow(target);
  await bind('folder/file');
  t.equal(await readFile(target, 'utf8'), 'text', 'the place of a folder now takes a file');
});

test('a link within the volume counts where it leads to', async (t) => {
  const { volume, target, bind } = await aVolume(t);
  await mkdir(join(volume, 'folder'));
  await writeFile(join(volume, 'folder/file'), 'text');
  await symlink('folder', join(volume, 'link'));
  await bind('link/file');
  t.equal(await readFile(target, 'utf8'), 'text');
});

test('a link out of the volume is not bound', async (t) => {
  const { volume, outside, bind } = await aVolume(t);
  await symlink(outside, join(volume, 'out'));
  await symlink('../outside/secret', join(volume, 'relative'));
  await t.rejects(bind('out/secret'), { code: 'E_VOLUME' });
  await t.rejects(bind('relative'), { code: 'E_VOLUME' });
});

test('what is bound stays when its name leads elsewhere afterwards', async (t) => {
  const { volume, outside, target, bind } = await aVolume(t);
  await mkdir(join(volume, 'folder'));
  await bind('folder');
  await rm(join(volume, 'folder'), { recursive: true });
  await symlink(outside, join(volume, 'folder'));
  t.notOk(existsSync(join(target, 'secret')));
});

test('a second start finds what is bound; a folder that was made anew is bound anew', async (t) => {
  const { volume, target, bind } = await aVolume(t);
  const bound = (): number => mountPoints().filter((point) => point === target).length;
  await mkdir(join(volume, 'folder'));
  await bind('folder');
  await bind('folder');
  t.equal(bound(), 1);
  await rm(join(volume, 'folder'), { recursive: true });
  await mkdir(join(volume, 'folder'));
  await writeFile(join(volume, 'folder/new'), '');
  await bind('folder');
  t.equal(bound(), 1);
  t.ok(existsSync(join(target, 'new')));
});

test('an old binding that is in use is not bound over', async (t) => {
  const { volume, target, bind } = await aVolume(t);
  await mkdir(join(volume, 'folder'));
  await bind('folder');
  const holder = await open(join(target, 'held'), 'w');
  await rm(join(volume, 'folder'), { recursive: true });
  await mkdir(join(volume, 'folder'));
  await t.rejects(bind('folder'), { code: 'E_VOLUME', message: /cannot be unmounted/ });
  await holder.close();
  await bind('folder');
});
