import { readFile } from 'node:fs/promises';
import { BootletError } from '../errors.ts';
import { runCommand } from './command.ts';
import { isWithin, type MountEntry, parseMountinfo } from './mountinfo.ts';

export interface MounterOptions {
  /** Its PATH is where `mount` and `umount` are looked for. */
  readonly environment: NodeJS.ProcessEnv;
  /** How long one call may take, ms: a file server that is away must hold up nothing but its own volume. */
  readonly limitMs?: number;
  /** How long a server may take to answer for one path, ms. */
  readonly answerMs?: number;
  /** This process's own; another file in tests. */
  readonly mountinfo?: string;
}

export interface MountRequest {
  /** e.g. `tmpfs`; absent for a bind mount */
  readonly type?: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

const LIMIT_MS = 120_000;
const ANSWER_MS = 10_000;

/** File systems whose calls may wait for a server, or for a process, without end. */
const REMOTE = /^(autofs|nfs4?|cifs|smb3|ceph|9p|afs|lustre|gpfs|beegfs|fuse(\..+)?)$/;

/** But what systemd mounts below /proc by itself, which asks nobody. */
const isRemote = ({ type, point }: MountEntry): boolean => REMOTE.test(type) && !isWithin(point, '/proc');

/** Mounts and unmounts by the host's own programs, since Node has no such calls. */
export class Mounter {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #limitMs: number;
  readonly #answerMs: number;
  readonly #mountinfo: string;
  /** Targets on which a program is still at work, be it past its deadline. */
  readonly #busy = new Set<string>();
  /** Paths that are being looked at, until that process is gone. */
  readonly #asked = new Map<string, Promise<unknown>>();

  constructor(options: MounterOptions) {
    this.#environment = options.environment;
    this.#limitMs = options.limitMs ?? LIMIT_MS;
    this.#answerMs = options.answerMs ?? ANSWER_MS;
    this.#mountinfo = options.mountinfo ?? '/proc/self/mountinfo';
  }

  /** Every mount of this namespace, oldest first. Answers from the kernel's memory, whatever state the servers are in. */
  async list(): Promise<readonly MountEntry[]> {
    return parseMountinfo(await readFile(this.#mountinfo, 'utf8'));
  }

  /** Whether a mount lies right there. The names alone: a look at the place itself might wait for its server. */
  async isMounted(path: string): Promise<boolean> {
    return (await this.list()).some(({ point }) => point === path);
  }

  /** @throws BootletError E_VOLUME with what `mount` said; E_TIMEOUT */
  async mount({ type, source, target, options }: MountRequest): Promise<void> {
    const args = [
      ...(type === undefined ? [] : ['-t', type]),
      ...(options.length === 0 ? [] : ['-o', options.join(',')]),
    ];
    // --no-canonicalize: a source below /proc/PID/fd is what the descriptor is open on, not what its name leads to later.
    await this.#run('mount', target, ['--no-canonicalize', ...args, '--', source, target]);
  }

  /**
   * Takes off all that is mounted at a folder or below, the last mounted first, and looks whether it is gone.
   * @throws BootletError E_VOLUME naming what is still mounted, and why
   */
  async unmountBelow(folder: string): Promise<void> {
    const below = async () => (await this.list()).filter(({ point }) => isWithin(point, folder)).toReversed();
    const complaints: string[] = [];
    for (const { point } of await below()) {
      try {
        await this.unmount(point);
      } catch (error) {
        if (!(error instanceof BootletError)) throw error;
        complaints.push(error.message);
      }
    }
    const left = (await below()).map(({ point }) => point);
    if (left.length === 0) return;
    throw new BootletError('E_VOLUME', `${left.join(', ')} cannot be unmounted: ${complaints.join('; ')}`, {
      hint: `find what uses it: fuser --verbose --mount ${left[0]}`,
    });
  }

  /** @throws BootletError E_VOLUME with what `umount` said (busy, for one); E_TIMEOUT */
  async unmount(point: string): Promise<void> {
    // Never lazily: what is detached but in use would look as if it were gone.
    await this.#run('umount', point, ['--no-canonicalize', '--', point]);
  }

  /**
   * Makes sure that a path can be looked at, wherever links on it lead: a call of our own that waits for a server that is
   * away would take one of the few threads that serve all files of the daemon. Costs nothing but a look at the mounts on a
   * host without servers. Who asks for a path that is asked for already waits with it: a process that cannot be killed
   * stays the only one.
   * @throws BootletError E_TIMEOUT
   */
  async reach(path: string): Promise<void> {
    if (!(await this.list()).some(isRemote)) return;
    let asked = this.#asked.get(path);
    if (asked === undefined) {
      const { result, gone } = runCommand('stat', ['-L', '--', path], this.#answerMs, this.#environment);
      asked = result;
      this.#asked.set(path, asked);
      void gone.then(() => this.#asked.delete(path));
    }
    await asked;
  }

  async #run(program: string, target: string, args: readonly string[]): Promise<void> {
    if (this.#busy.has(target))
      throw new BootletError('E_TIMEOUT', `${target}: an earlier mount or unmount has not ended yet`);
    this.#busy.add(target);
    const { result, gone } = runCommand(program, args, this.#limitMs, this.#environment);
    void gone.then(() => this.#busy.delete(target));
    const { exitCode, output } = await result;
    if (exitCode === 0) return;
    throw new BootletError('E_VOLUME', `${program} ended with ${exitCode}: ${output}`);
  }
}
