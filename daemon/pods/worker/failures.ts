import { BootletError, messageOf } from '../../errors.ts';
import { retryDelay } from '../../reconcile/backoff.ts';
import { uidName } from '../../runtime/uid-name.ts';
import type { Failure } from '../plan/observed.ts';
import type { RuntimeStep } from './execute.ts';

const RETRY = { base: 1000, cap: 60_000 };

/** Steps that failed lately. In memory only: a new daemon tries at once. */
export class Failures {
  /** Of starts, by pod uid and container ('' for the sandbox). */
  readonly #byUid = new Map<string, Map<string, Failure>>();
  readonly #removals = new Map<string, Failure>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  of(uid: string): ReadonlyMap<string, Failure> {
    return this.#byUid.get(uid) ?? new Map();
  }

  /** By container id. */
  get removals(): ReadonlyMap<string, Failure> {
    return this.#removals;
  }

  note(uid: string, step: RuntimeStep, error: unknown, now: number): Failure {
    const container = containerOf(step);
    const failure = this.#failure(this.of(uid).get(container), reasonOf(step, error), error, now);
    this.#byUid.set(uid, new Map(this.of(uid)).set(container, failure));
    return failure;
  }

  noteRemoval(id: string, error: unknown, now: number): Failure {
    const failure = this.#failure(this.#removals.get(id), 'FailedRemoval', error, now);
    this.#removals.set(id, failure);
    return failure;
  }

  clear(uid: string, step: RuntimeStep): void {
    this.#byUid.get(uid)?.delete(containerOf(step));
  }

  /** @param folder of the pod that is gone */
  forgetFolder(folder: string): void {
    for (const uid of this.#byUid.keys()) if (uidName(uid) === folder) this.#byUid.delete(uid);
  }

  /** Of a container that is gone. */
  forgetRemoval(id: string): void {
    this.#removals.delete(id);
  }

  #failure(before: Failure | undefined, reason: string, error: unknown, now: number): Failure {
    const failures = (before?.failures ?? 0) + 1;
    const retryAt = now + retryDelay(error, failures, RETRY, this.#random(), now);
    return { reason, message: describe(error), failures, retryAt };
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
