import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';

/** Which containers are a daemon's own: one state folder, one instance, whatever else is lost. */
export const instanceOf = async (state: string): Promise<string> =>
  createHash('sha256')
    .update(await realpath(state))
    .digest('hex')
    .slice(0, 12);
