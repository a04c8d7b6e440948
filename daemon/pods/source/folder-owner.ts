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

type OnUnreadable = (pid: number, error: unknown) => void;

/** The first of these processes that reads the folder. One that cannot be looked at is told of, and the look goes on. */
const ownerAmong = async (
  pids: readonly number[],
  folder: string,
  host: HostView,
  onUnreadable: OnUnreadable,
): Promise<Owner | undefined> => {
  for (const pid of pids) {
    try {
      const owner = await processOwner(folder, host, pid);
      if (owner !== undefined) return owner;
    } catch (error) {
      onUnreadable(pid, error);
    }
  }
  return undefined;
};

/** Who else takes pods from the folder: a kubelet that runs, or one that systemd is set to start. */
export const checkFolderOwner = async (
  folder: string,
  host: HostView,
  onUnreadable: OnUnreadable = (_, error) => {
    throw error;
  },
): Promise<Owner | undefined> =>
  (await ownerAmong(listProcesses(host.proc), folder, host, onUnreadable)) ?? unitOwner(folder, host);

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

/**
 * Keeps the store's FolderOwner true. Start it before any pod: `start` resolves after the first whole look. As long as
 * no look has succeeded the store has no FolderOwner, and no pod starts.
 */
export class FolderOwnerWatch {
  readonly #options: FolderOwnerWatchOptions;
  /** In how many passes a process was seen: one just forked may not have become itself yet. */
  #seen = new Map<number, number>();
  #owner: Owner | undefined;
  /** Processes that could not be looked at, each told of once. */
  #unreadable = new Set<number>();
  /** Why the last look failed; empty when it did not. */
  #failure = '';
  #looked = false;
  #passes = 0;
  #pass: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => undefined;
  #stopped = false;

  constructor(options: FolderOwnerWatchOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#guard(() => this.#lookAtAll());
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#pass;
  }

  /** Looks again at the owner it knows, at the processes that are new, and at a part of the others. */
  async look(): Promise<void> {
    if (!this.#looked) return this.#lookAtAll();
    const { folder, host } = this.#options;
    const part = this.#passes++ % PARTS;
    const known = this.#seen;
    this.#seen = new Map(listProcesses(host.proc).map((pid) => [pid, (known.get(pid) ?? 0) + 1]));
    this.#unreadable = this.#unreadable.intersection(this.#seen);
    const due = [...this.#seen.keys()].filter(
      (pid) => (known.get(pid) ?? 0) < 2 || pid % PARTS === part || pid === this.#owner?.pid,
    );
    let unreadableOwner: Owner | undefined;
    const other = await ownerAmong(due, folder, host, (pid, error) => {
      // What cannot be looked at any more has not given the folder up.
      if (pid === this.#owner?.pid) unreadableOwner = this.#owner;
      this.#tellUnreadable(pid, error);
    });
    let owner = other ?? unreadableOwner;
    const unitDue = part === 0 || (this.#owner !== undefined && this.#owner.pid === undefined);
    if (owner === undefined && unitDue) owner = await unitOwner(folder, host);
    this.#show(owner);
  }

  async #lookAtAll(): Promise<void> {
    const { folder, host } = this.#options;
    this.#show(await checkFolderOwner(folder, host, this.#tellUnreadable));
  }

  readonly #tellUnreadable: OnUnreadable = (pid, error) => {
    if (this.#unreadable.has(pid)) return;
    this.#unreadable.add(pid);
    const { folder, log } = this.#options;
    log.warn({ folder, pid, error: messageOf(error) }, 'process not looked at as an owner of the manifest folder');
  };

  #schedule(): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    this.#cancelTimer = clock.setTimer(clock.now() + INTERVAL_MS, () => {
      this.#pass = this.#guard(() => this.look()).finally(() => this.#schedule());
    });
  }

  async #guard(look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      this.#fail(messageOf(error));
    }
  }

  #fail(failure: string): void {
    const { folder, owners, events, log } = this.#options;
    if (this.#looked)
      owners.put(folder, { ...(this.#owner === undefined ? {} : { contestedBy: this.#owner }), failure });
    if (failure === this.#failure) return;
    this.#failure = failure;
    const message = `whether a kubelet reads ${folder} could not be found out: ${failure}`;
    const subject = { kind: 'ManifestFolder', name: folder };
    events.report({ type: 'Warning', reason: 'ManifestFolderOwnerUnknown', message, subject });
    log.error({ folder, error: failure }, 'other owners of the manifest folder not looked for');
  }

  #show(owner: Owner | undefined): void {
    const { folder, owners, events, log } = this.#options;
    const before = this.#owner;
    this.#owner = owner;
    this.#failure = '';
    this.#looked = true;
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
