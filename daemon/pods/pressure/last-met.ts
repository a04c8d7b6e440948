import { StateFile } from '../../host/state-file.ts';
import { conditions, type PressureCondition } from './thresholds.ts';

/** When the cause of a condition was seen last, ms since the epoch. */
export type LastMet = Partial<Readonly<Record<PressureCondition, number>>>;

/** On disk, so that a restart of the daemon cuts short no pressure: what was evicted would start again at once. */
export const lastMetFile = (path: string): StateFile<LastMet> =>
  new StateFile({ path, parse, withoutIt: 'a pressure whose cause is gone is over at once' });

const parse = (json: unknown): LastMet | undefined => {
  if (typeof json !== 'object' || json === null) return undefined;
  const entries = conditions.flatMap((condition) => {
    const at: unknown = Reflect.get(json, condition);
    return typeof at === 'number' ? [[condition, at] as const] : [];
  });
  return entries.length === Object.keys(json).length ? Object.fromEntries(entries) : undefined;
};
