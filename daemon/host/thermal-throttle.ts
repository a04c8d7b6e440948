import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelPaths } from './capacity.ts';

/** The folders in which processors that can be throttled by heat count how often that was: it tells of others' load. */
export const thermalThrottleFolders = ({ sys }: KernelPaths): readonly string[] => {
  const folder = join(sys, 'devices/system/cpu');
  if (!existsSync(folder)) return [];
  const processors = readdirSync(folder).filter((name) => /^cpu\d+$/.test(name));
  return processors.map((name) => join(folder, name, 'thermal_throttle')).filter((path) => existsSync(path));
};
