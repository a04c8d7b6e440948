import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BootletError, systemCodeOf } from '../../errors.ts';
import { writeFileAtomically } from '../../host/atomic-file.ts';
import { podFiles } from '../create/pod-files.ts';
import { type Stop, type StopReason, stopReasons } from '../plan/steps.ts';
import { LEAST_GRACE_SECONDS } from '../plan/stop.ts';
import { namesIn } from './folder-sweep.ts';

const REASONS: ReadonlySet<string> = new Set(stopReasons);

/**
 * The stops under way, by container id, and on disk beside the pod's other files. The signal is sent before the note
 * is written: a cut in between means that the next daemon asks once more, with a fresh grace period; the other order
 * could wait for the end of a container that was never asked.
 */
export class Stops {
  readonly #state: string;
  readonly #byContainer = new Map<string, Stop & { readonly uid: string }>();
  /** The last write for each pod: writes of one file go one after another. */
  readonly #writes = new Map<string, Promise<void>>();

  constructor(state: string) {
    this.#state = state;
  }

  get all(): ReadonlyMap<string, Stop> {
    return this.#byContainer;
  }

  /** Reads what an earlier daemon noted. A file that cannot be understood is reported and left out. */
  async load(onBroken: (error: BootletError) => void): Promise<void> {
    for (const uid of await namesIn(join(this.#state, 'pods'))) {
      try {
        const stops = await readStops(podFiles(this.#state, uid).stops);
        for (const [id, stop] of stops) this.#byContainer.set(id, { ...stop, uid });
      } catch (error) {
        if (!(error instanceof BootletError)) throw error;
        onBroken(error);
      }
    }
  }

  async note(uid: string, id: string, stop: Stop): Promise<void> {
    this.#byContainer.set(id, { ...stop, uid });
    await this.#write(uid);
  }

  /** No stop may take longer than its grace from now: after the clock was set back it would, by as much. */
  notAfter(now: number): void {
    for (const [id, stop] of this.#byContainer) {
      const latest = now + Math.max(stop.graceSeconds, LEAST_GRACE_SECONDS) * 1000;
      if (stop.killAt > latest) this.#byContainer.set(id, { ...stop, killAt: latest });
    }
  }

  /** In memory only: a stop of a container that is gone does no harm on disk, and the next write drops it. */
  forget(id: string): void {
    this.#byContainer.delete(id);
  }

  async #write(uid: string): Promise<void> {
    const write = (this.#writes.get(uid) ?? Promise.resolve())
      .catch(() => undefined)
      .then(async () => {
        const mine = [...this.#byContainer]
          .filter(([, stop]) => stop.uid === uid)
          .map(([id, { uid: _, ...stop }]) => ({ id, ...stop }));
        const file = podFiles(this.#state, uid).stops;
        await mkdir(dirname(file), { recursive: true, mode: 0o750 });
        await writeFileAtomically(file, JSON.stringify(mine));
      });
    this.#writes.set(uid, write);
    try {
      await write;
    } finally {
      if (this.#writes.get(uid) === write) this.#writes.delete(uid);
    }
  }
}

const readStops = async (file: string): Promise<readonly [string, Stop][]> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) throw new TypeError('not a list');
    return list.map(parseStop);
  } catch (error) {
    throw new BootletError('E_STATE_BROKEN', `${file} is not a list of stops`, {
      cause: error,
      hint: `remove ${file}: containers that were being stopped get a new grace period`,
    });
  }
};

const parseStop = (entry: unknown): [string, Stop] => {
  if (typeof entry !== 'object' || entry === null) throw new TypeError('an entry is no object');
  const { id, reason, graceSeconds, killAt, signalled, killed } = entry as Readonly<Record<string, unknown>>;
  if (
    typeof id !== 'string' ||
    typeof reason !== 'string' ||
    typeof graceSeconds !== 'number' ||
    typeof killAt !== 'number' ||
    typeof signalled !== 'boolean' ||
    typeof killed !== 'boolean' ||
    !isReason(reason)
  ) {
    throw new TypeError('an entry lacks a field');
  }
  return [id, { reason, graceSeconds, killAt, signalled, killed }];
};

const isReason = (text: string): text is StopReason => REASONS.has(text);
