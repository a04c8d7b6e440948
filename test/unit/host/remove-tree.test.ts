import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { removeTree } from '../../../daemon/host/remove-tree.ts';
import { aMountLab, bindMount } from '../../support/mounts.ts';

/** A folder `tree` to be removed, beside one that is not. */
const aPlace = async (t: Test) => {
  const { root, mounter } = await aMountLab(t);
  const [tree, precious] = [join(root, 'tree'), join(root, 'precious')];
  for (const folder of [join(tree, 'deep/er'), precious]) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'file'), '');
  }
  await writeFile(join(tree, 'file'), '');
  return { root, tree, precious, mounter };
};

test('a tree is removed whole, also twice', async (t) => {
  const { tree } = await aPlace(t);
  await removeTree(tree);
  t.notOk(existsSync(tree));
  await removeTree(tree);
});

test('what others remove meanwhile does not cut the removal short', async (t) => {
  const { tree } = await aPlace(t);
  const folders = Array.from({ length: 300 }, (_, i) => join(tree, `deep/${i}`));
  for (const folder of folders) await mkdir(folder);
  const removal = removeTree(tree);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  await removal;
  t.notOk(existsSync(tree));
});

test('a link is removed, not what it leads to', async (t) => {
  const { tree, precious } = await aPlace(t);
  await symlink(precious, join(tree, 'deep/link'));
  await removeTree(tree);
  t.notOk(existsSync(tree));
  t.ok(existsSync(join(precious, 'file')));
});

test('what is mounted from the same file system keeps its content', async (t) => {
  const { tree, precious, mounter } = await aPlace(t);
  await bindMount(mounter, precious, join(tree, 'deep/mounted'));
  await t.rejects(removeTree(tree), { code: 'E_VOLUME', message: /deep\/mounted is kept/ });
  t.ok(existsSync(join(precious, 'file')));
});

test('a tree that is itself a mount keeps its content', async (t) => {
  const { root, precious, mounter } = await aPlace(t);
  await bindMount(mounter, precious, join(root, 'mounted'));
  await t.rejects(removeTree(join(root, 'mounted')), { code: 'E_VOLUME' });
  t.ok(existsSync(join(precious, 'file')));
});

test('a file that is mounted keeps its content', async (t) => {
  const { tree, precious, mounter } = await aPlace(t);
  await writeFile(join(precious, 'file'), 'kept');
  await mounter.mount({ source: join(precious, 'file'), target: join(tree, 'file'), options: ['bind'] });
  await t.rejects(removeTree(tree), { code: 'EBUSY' });
  t.ok(existsSync(join(precious, 'file')));
});

test('a folder whose name holds what a shell would read is removed as any other', async (t) => {
  const { root } = await aPlace(t);
  const odd = join(root, 'a b\n$(c) *');
  await mkdir(join(odd, '-rf'), { recursive: true });
  await removeTree(odd);
  t.notOk(existsSync(odd));
});
