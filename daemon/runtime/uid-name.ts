import { createHash } from 'node:crypto';

/**
 * A pod's uid as part of the names of containers, folders and control groups: itself where it has only letters, digits
 * and dashes, as all have but some that authors choose; else a hash of it, after a dot, which the others lack.
 */
export const uidName = (uid: string): string =>
  /^[A-Za-z0-9-]{1,63}$/.test(uid) ? uid : `uid.${createHash('sha256').update(uid).digest('hex').slice(0, 32)}`;
