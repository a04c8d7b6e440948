import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, keyOf } from '../../lab/cache.ts';
import { run } from '../../lab/run.ts';

const packages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'udev', 'sudo', 'kmod', 'procps', 'iproute2', 'iptables', 'apparmor'],
  ...['docker.io', 'linux-image-cloud-amd64'],
];
const agent = join(import.meta.dirname, 'agent');

/** A bootable Debian 12 with systemd and Docker, as QEMU takes it: a raw disk image, and its kernel beside it. */
export interface HostDisk {
  readonly image: string;
  readonly kernel: string;
  readonly initrd: string;
}

/** The prepared disk, made once (about a minute) for one package list and agent. Boot only overlays of it. */
export const preparedDisk = async (): Promise<HostDisk> => {
  const sources = [
    import.meta.filename,
    ...['run', 'plain-init', 'lab-agent.service'].map((file) => join(agent, file)),
  ];
  const key = keyOf(...(await Promise.all(sources.map((file) => readFile(file)))));
  return diskIn(await cached('host', key, prepare));
};

const diskIn = (folder: string): HostDisk => ({
  image: join(folder, 'disk.img'),
  kernel: join(folder, 'vmlinuz'),
  initrd: join(folder, 'initrd.img'),
});

const prepare = async (folder: string): Promise<void> => {
  const disk = diskIn(folder);
  const root = join(folder, 'root');
  const timeout = 600_000;
  await run('debootstrap', ['--variant=minbase', `--include=${packages.join()}`, 'bookworm', root], { timeout });
  await furnish(root);
  await takeBootFile(root, 'vmlinuz-', disk.kernel);
  await takeBootFile(root, 'initrd.img-', disk.initrd);
  await run('truncate', ['--size=4G', disk.image]);
  await run('mkfs.ext4', ['-q', '-d', root, disk.image], { timeout });
  await rm(root, { recursive: true });
};

/** Its two inits, the agent that runs a journey's steps, and a person who may use sudo. */
const furnish = async (root: string): Promise<void> => {
  await cp(join(agent, 'run'), join(root, 'usr/local/sbin/lab-agent'));
  await cp(join(agent, 'plain-init'), join(root, 'usr/local/sbin/plain-init'));
  await cp(join(agent, 'lab-agent.service'), join(root, 'etc/systemd/system/lab-agent.service'));
  await run('chroot', [root, 'systemctl', 'enable', 'lab-agent.service']);
  await run('chroot', [root, 'useradd', '--create-home', '--shell', '/bin/bash', 'admin']);
  await writeFile(join(root, 'etc/sudoers.d/admin'), 'admin ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 });
  await writeFile(join(root, 'etc/hostname'), 'lab-host\n');
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost lab-host\n::1 localhost\n');
};

const takeBootFile = async (root: string, prefix: string, target: string): Promise<void> => {
  const name = (await readdir(join(root, 'boot'))).find((file) => file.startsWith(prefix));
  if (name === undefined) throw new Error(`the packages brought no /boot/${prefix}*`);
  await cp(join(root, 'boot', name), target);
};
