import { BootletError, messageOf } from '../../errors.ts';
import { retryDelay } from '../../reconcile/backoff.ts';
import { uidName } from '../../runtime/uid-name.ts';
import type { Failure } from '../plan/observed.ts';
import type { RuntimeStep } from './execute.ts';

const RETRY = { base: 1000, cap: 60_000 };

/** Steps that failed lately, by pod uid and container ('' for the sandbox). In memory only: a new daemon tries at once. */
export class Failures {
  readonly #byUid = new Map<string, Map<string, Failure>>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  of(uid: string): ReadonlyMap<string, Failure> {
    return this.#byUid.get(uid) ?? new Map();
  }

  note(uid: string, step: RuntimeStep, error: unknown, now: number): Failure {
    const container = containerOf(step);
    const failures = (this.of(uid).get(container)?.failures ?? 0) + 1;
    const failure = {
      reason: reasonOf(step, error),
      message: describe(error),
      failures,
      retryAt: now + retryDelay(error, failures, RETRY, this.#random()),
    };
    this.#byUid.set(uid, new Map(this.of(uid)).set(container, failure));
    return failure;
  }

  clear(uid: string, step: RuntimeStep): void {
    this.#byUid.get(uid)?.delete(containerOf(step));
  }

  /** @param folder of the pod that is gone */
  forgetFolder(folder: string): void {
    for (const uid of this.#byUid.keys()) if (uidName(uid) === folder) this.#byUid.delete(uid);
  }
}

const containerOf = (step: RuntimeStep): string =>
  step.do === 'create-container' || step.do === 'start-container' ? step.container : '';

const describe = (error: unknown): string =>
  error instanceof BootletError && error.hint !== undefined ? `${error.message} (${error.hint})` : messageOf(error);

/** The kubelet's words for what went wrong. */
const reasonOf = (step: RuntimeStep, error: unknown): string => {
  const code = error instanceof BootletError ? error.code : undefined;
  if (code === 'E_VOLUME') return 'FailedMount';
  if (code === 'E_RUNTIME_CONFLICT') return 'ForeignContainer';
  if (step.do === 'create-container')
    return code === 'E_CONTAINER_CONFIG' ? 'CreateContainerConfigError' : 'CreateContainerError';
  return step.do === 'start-container' ? 'RunContainerError' : 'FailedCreatePodSandBox';
};
