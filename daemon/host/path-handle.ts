import { constants } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { mountIdIn } from './mountinfo.ts';

/** Opens a file for its place alone: open(2) O_PATH of the generic Linux ABI, which x64 and arm64 share; Node has no name for it. */
const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * A place in a file system that stays the same whatever is renamed or linked meanwhile: an O_PATH descriptor. Going on
 * from it by `/proc/self/fd` does what openat(2) and its kin do, which Node lacks.
 */
export class PathHandle implements AsyncDisposable {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** The folder at a path; the last part may not be a link. @throws ENOTDIR for all but folders */
  static async folder(path: string): Promise<PathHandle> {
    return new PathHandle(await open(path, O_PATH | O_NOFOLLOW | O_DIRECTORY));
  }

  /** What leads to this place for this process, until it is disposed of. */
  get path(): string {
    return `/proc/self/fd/${this.#file.fd}`;
  }

  /** The same for every process of the host. */
  get sharedPath(): string {
    return `/proc/${process.pid}/fd/${this.#file.fd}`;
  }

  /** What has this name in the folder, of whatever kind; a link is not followed but opened itself. */
  async entry(name: string): Promise<PathHandle> {
    return new PathHandle(await open(`${this.path}/${name}`, O_PATH | O_NOFOLLOW));
  }

  async childFolder(name: string): Promise<PathHandle> {
    return PathHandle.folder(`${this.path}/${name}`);
  }

  /** @param mode whatever the umask; may hold setgid and sticky bits */
  async makeFolder(name: string, mode: number): Promise<PathHandle> {
    await mkdir(`${this.path}/${name}`);
    const made = await this.childFolder(name);
    try {
      await chmod(made.path, mode);
      return made;
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
  }

  async stat() {
    return this.#file.stat();
  }

  /** Which mount it lies on: the number in mountinfo. @throws BootletError E_VOLUME when the kernel does not say */
  async mountId(): Promise<number> {
    return mountIdIn(await readFile(`/proc/self/fdinfo/${this.#file.fd}`, 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
