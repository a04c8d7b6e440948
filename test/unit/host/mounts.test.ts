import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { Mounter } from '../../../daemon/host/mounts.ts';
import { aMountLab, bindMount, mountPoints } from '../../support/mounts.ts';

test('all that is mounted below a folder is unmounted, stacked and nested mounts too', async (t) => {
  const { root, mounter } = await aMountLab(t);
  await mkdir(join(root, 'source/inner'), { recursive: true });
  const folder = join(root, 'folder');
  await bindMount(mounter, join(root, 'source'), join(folder, 'a'));
  await bindMount(mounter, join(root, 'source'), join(folder, 'a'));
  await mounter.mount({ type: 'tmpfs', source: 'tmpfs', target: join(folder, 'a/inner'), options: ['size=4096'] });
  await mounter.unmountBelow(folder);
  t.same(
    mountPoints().filter((point) => point.startsWith(root)),
    [],
  );
});

test('a mount that is in use stays and is named; the others go', async (t) => {
  const { root, mounter } = await aMountLab(t);
  const [busy, idle] = [join(root, 'folder/busy'), join(root, 'folder/idle')];
  await bindMount(mounter, join(root, 'source'), busy);
  await bindMount(mounter, join(root, 'source'), idle);
  const holder = await open(join(busy, 'held'), 'w');
  await t.rejects(mounter.unmountBelow(join(root, 'folder')), {
    code: 'E_VOLUME',
    message: new RegExp(`^${busy} cannot be unmounted: .*busy`),
  });
  t.ok(mountPoints().includes(busy));
  t.notOk(mountPoints().includes(idle));
  await holder.close();
  await mounter.unmountBelow(join(root, 'folder'));
});

test('a mount that does not come about says why', async (t) => {
  const { root, mounter } = await aMountLab(t);
  await t.rejects(mounter.mount({ type: 'no-such-type', source: 'x', target: root, options: [] }), {
    code: 'E_VOLUME',
    message: /^mount ended with 32: mount: /,
  });
});

test('a host without mount says so', async (t) => {
  const mounter = new Mounter({ environment: { PATH: '/nonexistent' } });
  await t.rejects(mounter.mount({ source: '/', target: '/nowhere', options: [] }), {
    code: 'E_VOLUME',
    message: /ENOENT/,
  });
});

test('a mount that hangs ends at its deadline, and no second one is begun beside it', async (t) => {
  const bin = t.testdir({});
  await mkdir(join(bin, 'bin'));
  await writeFile(join(bin, 'bin/mount'), '#!/bin/sh\necho begun >> "$0.log"\nexec sleep 1000\n');
  await chmod(join(bin, 'bin/mount'), 0o755);
  const mounter = new Mounter({ environment: { PATH: `${bin}/bin:${process.env['PATH']}` }, limitMs: 200 });
  const request = { type: 'nfs', source: 'away:/', target: '/nowhere', options: [] };
  const first = mounter.mount(request);
  await t.rejects(mounter.mount(request), { code: 'E_TIMEOUT', message: /has not ended yet/ });
  await t.rejects(first, { code: 'E_TIMEOUT', message: /did not end within/ });
});

/** A host with these lines of mountinfo, on which a look at a path goes on without end. */
const aHostThatHangs = async (t: Test, ...mounts: readonly string[]) => {
  const bin = t.testdir({ mountinfo: ['1 0 0:1 / / rw - ext4 /dev/vda rw', ...mounts, ''].join('\n') });
  await writeFile(join(bin, 'stat'), '#!/bin/sh\necho "$@" >> "$0.log"\nexec sleep 1000\n');
  await chmod(join(bin, 'stat'), 0o755);
  const environment = { PATH: `${bin}:${process.env['PATH']}` };
  const mounter = new Mounter({ environment, answerMs: 1000, mountinfo: join(bin, 'mountinfo') });
  return { mounter, looks: () => readFile(join(bin, 'stat.log'), 'utf8') };
};

test('a path that may lead to a server that does not answer is given up, also by a link', async (t) => {
  for (const type of ['nfs4', 'autofs']) {
    const { mounter } = await aHostThatHangs(t, `2 1 0:2 / /net rw - ${type} away:/ rw`);
    await t.rejects(mounter.reach('/net/folder'), { code: 'E_TIMEOUT' });
    await t.rejects(mounter.reach('/link-to-net'), { code: 'E_TIMEOUT' });
  }
});

test('those who ask for one path at once wait for one look at it', async (t) => {
  const { mounter, looks } = await aHostThatHangs(t, '2 1 0:2 / /net rw - nfs4 away:/ rw');
  const asked = [mounter.reach('/net/folder'), mounter.reach('/net/folder')];
  await Promise.all(asked.map((one) => t.rejects(one, { code: 'E_TIMEOUT' })));
  t.equal(await looks(), '-L -- /net/folder\n');
});

test('on a host without servers no path is asked for', async (t) => {
  const { mounter } = await aHostThatHangs(t, '2 1 0:2 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw');
  await mounter.reach('/disk');
});
