import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BootletError } from '../../errors.ts';
import type { Mounter, MountRequest } from '../../host/mounts.ts';
import type { Volume } from '../v1.ts';

/** The file systems of servers that `mount` alone can reach, with what must be installed for it. */
const clients: Readonly<Record<string, { readonly helper: string; readonly packages: string }>> = {
  nfs: { helper: 'mount.nfs', packages: 'nfs-common (Debian, Ubuntu) or nfs-utils (Fedora, RHEL, SUSE nfs-client)' },
  ceph: { helper: 'mount.ceph', packages: 'ceph-common' },
};

/** Where mount(8) looks for its helpers. */
const HELPER_FOLDERS = ['/sbin', '/usr/sbin', '/sbin/fs.d', '/sbin/fs'];

/** What to mount for a volume on a server; undefined for all others. */
export const networkMount = ({ nfs, cephfs }: Volume): Omit<MountRequest, 'target'> | undefined => {
  if (nfs !== undefined) {
    const host = nfs.server.includes(':') ? `[${nfs.server}]` : nfs.server;
    return { type: 'nfs', source: `${host}:${nfs.path}`, options: nfs.readOnly ? ['ro'] : [] };
  }
  if (cephfs === undefined) return undefined;
  const user = cephfs.user || 'admin';
  const secretFile = cephfs.secretFile || `/etc/ceph/${user}.secret`;
  return {
    type: 'ceph',
    source: `${cephfs.monitors.join(',')}:${cephfs.path || '/'}`,
    options: [`name=${user}`, `secretfile=${secretFile}`, ...(cephfs.readOnly ? ['ro'] : [])],
  };
};

/** Mounts a server's folder once. @throws BootletError E_VOLUME, with the package that is missing where one is; E_TIMEOUT where the server does not answer */
export const mountNetwork = async (
  request: Omit<MountRequest, 'target'>,
  target: string,
  mounter: Mounter,
  helperFolders: readonly string[] = HELPER_FOLDERS,
): Promise<void> => {
  if (await mounter.isMounted(target)) return;
  const client = clients[request.type ?? ''];
  if (client !== undefined && !(await isInstalled(client.helper, helperFolders))) {
    throw new BootletError('E_VOLUME', `mount failed: this host has no ${client.helper}`, {
      hint: `install ${client.packages}`,
    });
  }
  await mkdir(target, { recursive: true, mode: 0o750 });
  await mounter.mount({ ...request, target });
};

const isInstalled = async (helper: string, folders: readonly string[]): Promise<boolean> => {
  const found = await Promise.allSettled(folders.map((folder) => access(join(folder, helper))));
  return found.some(({ status }) => status === 'fulfilled');
};
