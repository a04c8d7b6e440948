import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, keyOf } from './cache.ts';
import { type Image, writeImageArchive } from './image-archive.ts';
import { run } from './run.ts';

const BUSYBOX = '/usr/bin/busybox';
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const shell = { Env: [PATH], Cmd: ['/bin/sh'] };

const images: readonly Image[] = [
  { tags: ['lab/busybox:1'], config: shell },
  {
    tags: ['lab/entry:1'],
    config: { Env: [PATH, 'FROM_IMAGE=yes'], Entrypoint: ['/bin/echo', 'entry'], Cmd: ['cmd'] },
  },
  { tags: ['lab/stopsignal:1'], config: { ...shell, StopSignal: 'SIGUSR1' } },
  { tags: ['lab/user:1'], config: { ...shell, User: '1000' } },
  { tags: ['lab/named-user:1'], config: { ...shell, User: 'app' } },
  { tags: ['lab/sandbox:1'], config: { ...shell, Cmd: ['/bin/sleep', '1000000'] } },
];

const accounts = [
  { name: 'root', id: 0, home: '/root' },
  { name: 'app', id: 1000, home: '/home/app' },
];

/**
 * Path of an archive for `docker load` with the lab's images, all busybox (Debian's `busybox-static`) with its
 * applets linked: `lab/busybox:1`; `lab/entry:1` with ENTRYPOINT, CMD and ENV; `lab/stopsignal:1` with STOPSIGNAL
 * SIGUSR1; `lab/user:1` and `lab/named-user:1`, which run as 1000 by number and by name; `lab/sandbox:1`, which only waits.
 */
export const labImages = async (): Promise<string> => {
  const key = keyOf(await readFile(BUSYBOX), await readFile(import.meta.filename));
  const folder = await cached('images', key, async (draft) => {
    const rootfs = join(draft, 'rootfs');
    await makeRootfs(rootfs);
    await writeImageArchive(join(draft, 'lab.tar'), rootfs, images);
  });
  return join(folder, 'lab.tar');
};

const makeRootfs = async (root: string): Promise<void> => {
  const folders = ['bin', 'etc', 'root', 'home/app', 'proc', 'sys', 'dev', 'mnt', 'var', 'tmp'];
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  await copyFile(BUSYBOX, join(root, 'bin/busybox'));
  const applets = (await run(BUSYBOX, ['--list'])).trim().split('\n');
  for (const applet of applets.filter((name) => name !== 'busybox'))
    await symlink('busybox', join(root, 'bin', applet));
  await writeFile(
    join(root, 'etc/passwd'),
    accounts.map(({ name, id, home }) => `${name}:x:${id}:${id}:${name}:${home}:/bin/sh\n`).join(''),
  );
  await writeFile(join(root, 'etc/group'), accounts.map(({ name, id }) => `${name}:x:${id}:\n`).join(''));
};
