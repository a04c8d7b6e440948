import { BootletError, messageOf } from '../errors.ts';

export interface Settled<T> {
  readonly values: readonly T[];
  /** Of one failure itself; of several one that has the code of the first and names them all. */
  readonly failure: unknown;
}

/** Waits for every piece of work, whatever becomes of the others. */
export const settle = async <T>(work: readonly Promise<T>[]): Promise<Settled<T>> => {
  const results = await Promise.allSettled(work);
  const values = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failures: unknown[] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const [first] = failures;
  if (failures.length <= 1) return { values, failure: first };
  const code = first instanceof BootletError ? first.code : 'E_INTERNAL';
  const message = failures.map(messageOf).join('; ');
  return { values, failure: new BootletError(code, message, { cause: new AggregateError(failures) }) };
};

/** The same, and nothing of it goes on behind the back of a failure. @throws the failure */
export const allOf = async <const W extends readonly Promise<unknown>[]>(work: W) => {
  const { failure } = await settle(work);
  if (failure !== undefined) throw failure;
  return Promise.all(work);
};
