import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { namesIn, unless } from '../../host/missing.ts';
import type { ObservedContainer, PodRef } from '../../runtime/runtime.ts';
import { uidName } from '../../runtime/uid-name.ts';

export interface LogFolders {
  readonly podLogs: string;
  readonly containerLogs: string;
}

/** `/var/log/pods/NS_POD_UID` (pkg/kubelet/kuberuntime BuildPodLogsDirectory). */
export const podLogFolder = (folders: LogFolders, pod: PodRef): string =>
  join(folders.podLogs, `${pod.namespace}_${pod.name}_${uidName(pod.uid)}`);

const podLink = (folders: LogFolders, c: ObservedContainer): string =>
  join(podLogFolder(folders, c.pod), c.container, `${c.attempt}.log`);

/** `/var/log/containers/POD_NS_CONTAINER-ID.log`, by which log collectors find the names. */
const containerLink = (folders: LogFolders, c: ObservedContainer): string =>
  join(folders.containerLogs, `${c.pod.name}_${c.pod.namespace}_${c.container}-${c.id}.log`);

/** Links the logs of containers where collectors and people look for them, as dockershim laid it out. */
export class LogLinks {
  readonly #folders: LogFolders;
  /** Containers whose links this process has seen in place. */
  readonly #placed = new Set<string>();

  constructor(folders: LogFolders) {
    this.#folders = folders;
  }

  /** Makes what is missing. A container has a log from its first start on. */
  async place(containers: readonly ObservedContainer[]): Promise<void> {
    const missing = containers.filter((c) => c.kind === 'container' && c.logPath !== '' && !this.#placed.has(c.id));
    await Promise.all(
      missing.map(async (container) => {
        const link = podLink(this.#folders, container);
        await placeLink(container.logPath, link);
        await placeLink(link, containerLink(this.#folders, container));
        this.#placed.add(container.id);
      }),
    );
  }

  async remove(container: ObservedContainer): Promise<void> {
    await unlinkLogs(this.#folders, container);
    this.#placed.delete(container.id);
  }
}

export const unlinkLogs = async (folders: LogFolders, container: ObservedContainer): Promise<void> => {
  if (container.kind !== 'container') return;
  await rm(containerLink(folders, container), { force: true });
  // Another of the same attempt may be there by now, after this one was pruned.
  const link = podLink(folders, container);
  if ((await targetOf(link)) === container.logPath) await rm(link, { force: true });
};

/**
 * Removes the logs of a pod that is gone, and first the links to them: those of containers that went while no daemon ran
 * are left. `NS_POD_UID`, of which only the last may hold a `_`: what carries another uid may be a kubelet's.
 * @param uid as in the folder's name
 */
export const removePodLogs = async ({ podLogs, containerLogs }: LogFolders, uid: string): Promise<void> => {
  const own = (await namesIn(podLogs)).filter((name) => name.split('_').slice(2).join('_') === uid);
  if (own.length === 0) return;
  for (const name of await namesIn(containerLogs)) {
    const link = join(containerLogs, name);
    const target = await targetOf(link);
    if (own.some((folder) => target?.startsWith(`${join(podLogs, folder)}/`))) await rm(link, { force: true });
  }
  for (const name of own) await rm(join(podLogs, name), { recursive: true, force: true });
};

/** Undefined where there is no link. */
const targetOf = (link: string): Promise<string | undefined> => unless(['ENOENT', 'EINVAL'], readlink(link));

const placeLink = async (target: string, link: string): Promise<void> => {
  await mkdir(dirname(link), { recursive: true, mode: 0o755 });
  try {
    await symlink(target, link);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    if ((await targetOf(link)) === target) return;
    await rm(link, { force: true });
    await symlink(target, link);
  }
};
