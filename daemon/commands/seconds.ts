import { BootletError } from '../errors.ts';

/** What `--wait` was given. @throws BootletError E_USAGE */
export const secondsOf = (wait: string): number => {
  if (/^\d{1,6}$/.test(wait)) return Number(wait);
  throw new BootletError('E_USAGE', `--wait takes a number of seconds, not "${wait}"`);
};
