import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/bootlet-lab');

/** A short hash of what a cached file is made from. */
export const keyOf = (...inputs: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(input).update('\0');
  return hash.digest('hex').slice(0, 16);
};

/**
 * The path of the cached folder `name-key`, made by `build` the first time. Safe between processes: each builds in
 * a folder of its own, and the first to finish gives it its name.
 */
export const cached = async (name: string, key: string, build: (folder: string) => Promise<void>): Promise<string> => {
  const folder = join(CACHE, `${name}-${key}`);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${randomBytes(4).toString('hex')}`;
  await mkdir(draft, { recursive: true });
  try {
    await build(draft);
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
};
