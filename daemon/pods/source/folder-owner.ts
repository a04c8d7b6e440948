import { readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { messageOf, systemCodeOf } from '../../errors.ts';
import { argumentsOf, listProcesses } from '../../host/processes.ts';
import { commandOfUnit } from '../../host/systemd-unit.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Writer } from '../../reconcile/store.ts';
import type { FolderOwner } from '../resources.ts';
import { isKubelet, manifestFolderOf } from './kubelet-manifests.ts';

export type Owner = NonNullable<FolderOwner['contestedBy']>;

/** Where the host is seen: `/proc` and `/` but in tests. */
export interface HostView {
  readonly proc: string;
  readonly root: string;
}

const identityOf = async (folder: string): Promise<string | undefined> => {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ESRCH'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
};

/** One folder under whatever names, links and mounts; while it does not exist, one name. */
const isSameFolder = async (ours: string, root: string, theirs: string): Promise<boolean> => {
  const identity = await identityOf(ours);
  return identity === undefined ? ours === theirs : identity === (await identityOf(join(root, theirs)));
};

/** The kubelet with this process id, if it reads the folder. */
const processOwner = async (folder: string, { proc }: HostView, pid: number): Promise<Owner | undefined> => {
  const argv = argumentsOf(proc, pid);
  if (!isKubelet(argv)) return undefined;
  const own = join(proc, String(pid));
  try {
    // Through this link, paths mean what they mean to the process, in a container as well.
    const root = join(own, 'root');
    const theirs = await manifestFolderOf(argv, { root, cwd: await readlink(join(own, 'cwd')) });
    if (theirs === undefined || !(await isSameFolder(folder, root, theirs))) return undefined;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
  return { what: `the kubelet with process id ${pid}`, pid };
};

const unitOwner = async (folder: string, { root }: HostView): Promise<Owner | undefined> => {
  const argv = await commandOfUnit(root, 'kubelet.service');
  if (argv === undefined || !isKubelet(argv)) return undefined;
  const theirs = await manifestFolderOf(argv, { root, cwd: '/' });
  if (theirs === undefined || !(await isSameFolder(folder, root, theirs))) return undefined;
  return { what: 'the enabled systemd unit kubelet.service' };
};

/** Who else takes pods from the folder: a kubelet that runs, or one that systemd is set to start. */
export const checkFolderOwner = async (folder: string, host: HostView): Promise<Owner | undefined> => {
  for (const pid of listProcesses(host.proc)) {
    const owner = await processOwner(folder, host, pid);
    if (owner !== undefined) return owner;
  }
  return unitOwner(folder, host);
};

export interface FolderOwnerWatchOptions {
  readonly folder: string;
  readonly host: HostView;
  readonly clock: Clock;
  readonly owners: Writer<FolderOwner>;
  readonly events: EventRing;
  readonly log: Logger;
}

/** Each look costs about 4 ms beside 110 pods. */
const INTERVAL_MS = 15_000;
/** Each pass also looks at one such part of the processes that are known, since a process may turn into a kubelet late. */
const PARTS = 4;

/** Keeps the store's FolderOwner true. Start it before any pod: `start` resolves after the first whole look. */
export class FolderOwnerWatch {
  readonly #options: FolderOwnerWatchOptions;
  /** In how many passes a process was seen: one just forked may not have become itself yet. */
  #seen = new Map<number, number>();
  #owner: Owner | undefined;
  #passes = 0;
  #pass: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => undefined;
  #stopped = false;

  constructor(options: FolderOwnerWatchOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { folder, host } = this.#options;
    this.#show(await checkFolderOwner(folder, host));
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#pass;
  }

  /** Looks again at the owner it knows, at the processes that are new, and at a part of the others. */
  async look(): Promise<void> {
    const { folder, host } = this.#options;
    const part = this.#passes++ % PARTS;
    const seen = new Map<number, number>();
    let owner: Owner | undefined;
    for (const pid of listProcesses(host.proc)) {
      const times = this.#seen.get(pid) ?? 0;
      seen.set(pid, times + 1);
      if (times >= 2 && pid % PARTS !== part && pid !== this.#owner?.pid) continue;
      owner ??= await processOwner(folder, host, pid);
    }
    this.#seen = seen;
    const unitDue = part === 0 || (this.#owner !== undefined && this.#owner.pid === undefined);
    if (owner === undefined && unitDue) owner = await unitOwner(folder, host);
    this.#show(owner);
  }

  #schedule(): void {
    if (this.#stopped) return;
    const { clock, log, folder } = this.#options;
    this.#cancelTimer = clock.setTimer(clock.now() + INTERVAL_MS, () => {
      this.#pass = this.look()
        .catch((error: unknown) =>
          log.error({ folder, error: messageOf(error) }, 'other owners of the manifest folder not looked for'),
        )
        .finally(() => this.#schedule());
    });
  }

  #show(owner: Owner | undefined): void {
    const { folder, owners, events, log } = this.#options;
    const before = this.#owner;
    this.#owner = owner;
    owners.put(folder, owner === undefined ? {} : { contestedBy: owner });
    if (before?.what === owner?.what) return;
    const subject = { kind: 'ManifestFolder', name: folder };
    if (owner === undefined) {
      const message = `${folder} has no other owner any more`;
      events.report({ type: 'Normal', reason: 'ManifestFolderUncontested', message, subject });
      log.info({ folder }, 'manifest folder has no other owner any more');
    } else {
      const message = `${owner.what} reads ${folder} too; no pod is started beside it`;
      events.report({ type: 'Warning', reason: 'ManifestFolderContested', message, subject });
      log.warn({ folder, owner: owner.what }, 'manifest folder is contested');
    }
  }
}
