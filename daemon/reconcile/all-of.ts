import { BootletError, messageOf } from '../errors.ts';

/** Waits for every piece of work, whatever becomes of the others. @throws of one failure itself, of several one that has the code of the first and names them all */
export const allOf = async (work: readonly Promise<void>[]): Promise<void> => {
  const results = await Promise.allSettled(work);
  const failures: unknown[] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const [first] = failures;
  if (failures.length === 0) return;
  if (failures.length === 1) throw first;
  const code = first instanceof BootletError ? first.code : 'E_INTERNAL';
  throw new BootletError(code, failures.map(messageOf).join('; '), { cause: new AggregateError(failures) });
};
