import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasAppArmor, type KernelPaths } from './capacity.ts';

/** Names of the profiles that the kernel has loaded; undefined where AppArmor is not enabled. */
export const loadedAppArmorProfiles = async ({ sys }: KernelPaths): Promise<ReadonlySet<string> | undefined> => {
  if (!(await hasAppArmor({ sys }))) return undefined;
  // Each line: `NAME (MODE)`; a name may hold spaces.
  const lines = (await readFile(join(sys, 'kernel/security/apparmor/profiles'), 'utf8')).split('\n');
  return new Set(lines.map((line) => line.replace(/ \([a-z]+\)$/, '')).filter((name) => name !== ''));
};
