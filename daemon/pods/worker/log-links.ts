import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
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
  await Promise.all([
    rm(podLink(folders, container), { force: true }),
    rm(containerLink(folders, container), { force: true }),
  ]);
};

const placeLink = async (target: string, link: string): Promise<void> => {
  await mkdir(dirname(link), { recursive: true, mode: 0o755 });
  try {
    await symlink(target, link);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    if ((await readlink(link).catch(() => '')) === target) return;
    await rm(link, { force: true });
    await symlink(target, link);
  }
};
