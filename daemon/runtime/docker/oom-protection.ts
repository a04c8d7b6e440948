import { readFile } from 'node:fs/promises';
import { BootletError } from '../../errors.ts';

/** One attempt at creating and starting a sandbox, so that another can take its place. */
export interface Trial {
  /** Creates it with or without protection. */
  readonly create: (isProtected: boolean) => Promise<{ readonly id: string; readonly isNew: boolean }>;
  readonly start: (id: string) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

/** Bit of CAP_SYS_RESOURCE (linux/capability.h). */
const CAP_SYS_RESOURCE = 24n;

/** Whether anything on this host can hold CAP_SYS_RESOURCE: what the first process has given up, no other can get. */
export const hostHasSysResource = async (): Promise<boolean> => {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/1/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${bounding}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
};

/**
 * Whether dockerd may lower oom scores below its own. Without CAP_SYS_RESOURCE it may not, which shows only when a
 * container starts, and then as one of runc's many errors. So where the host has it at all, the first sandbox is the
 * trial: it is started at once, and if that fails but succeeds without protection, everything from then on goes without.
 */
export class OomProtection {
  readonly #isPossible: () => Promise<boolean>;
  readonly #onWarning: (message: string) => void;
  #isGranted: boolean | undefined;
  /** The one under way; everyone else waits for its verdict. */
  #trial: Promise<string> | undefined;

  /** @param isPossible false settles the question without a trial */
  constructor(isPossible: () => Promise<boolean>, onWarning: (message: string) => void) {
    this.#isPossible = isPossible;
    this.#onWarning = onWarning;
  }

  /** Creates a sandbox with as much protection as dockerd grants; resolves with its id. @throws BootletError E_RUNTIME_REFUSED when it starts neither way */
  async createSandbox(trial: Trial): Promise<string> {
    while (this.#isGranted === undefined) {
      if (this.#trial === undefined) return this.#begin(trial);
      // Whoever asked for it learns how it went.
      await this.#trial.catch(() => undefined);
    }
    return (await trial.create(this.#isGranted)).id;
  }

  /**
   * Whether a container may have protection.
   * @param sandboxScore oom_score_adj of its sandbox, which tells what an earlier run of the daemon found out; only for
   * this pod, since it is no trial
   */
  async isGranted(sandboxScore: () => Promise<number | undefined>): Promise<boolean> {
    return this.#isGranted ?? ((await sandboxScore()) ?? 0) < 0;
  }

  #begin(trial: Trial): Promise<string> {
    this.#trial = this.#try(trial).finally(() => {
      this.#trial = undefined;
    });
    return this.#trial;
  }

  async #try(trial: Trial): Promise<string> {
    if (!(await this.#isPossible())) {
      this.#refuse();
      return (await trial.create(false)).id;
    }
    const first = await trial.create(true);
    // What was there before this call is not ours to start.
    if (!first.isNew) return first.id;
    if ((await refusalOf(trial, first.id)) === undefined) {
      this.#isGranted = true;
      return first.id;
    }
    await trial.remove(first.id);
    const second = await trial.create(false);
    const refusal = await refusalOf(trial, second.id);
    if (refusal === undefined) {
      this.#refuse();
      return second.id;
    }
    // The reason is another one (a port in use, say). Left behind, this pod would be without protection once it is mended.
    await trial.remove(second.id);
    throw refusal;
  }

  #refuse(): void {
    this.#isGranted = false;
    this.#onWarning(
      'dockerd may not lower oom scores (no CAP_SYS_RESOURCE): pods run without protection from the OOM killer',
    );
  }
}

/** Why it cannot be started; undefined when it could. */
const refusalOf = async (trial: Trial, id: string): Promise<BootletError | undefined> => {
  try {
    await trial.start(id);
    return undefined;
  } catch (error) {
    if (error instanceof BootletError && error.code === 'E_RUNTIME_REFUSED') return error;
    throw error;
  }
};
