import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BootletError, messageOf, systemCodeOf } from '../errors.ts';
import { namesIn } from '../host/missing.ts';
import { readTrusted } from '../host/trusted-file.ts';
import { maxManifestBytes } from '../pods/manifest/decode/text.ts';
import { ignoredBecause } from '../pods/source/ignored-names.ts';

/** A folder with more is not one of static pods: a node has 110. */
const MOST_FILES = 1000;

const allPaths = async (folder: string): Promise<readonly string[]> =>
  (await namesIn(folder))
    .toSorted()
    .slice(0, MOST_FILES)
    .map((name) => join(folder, name));

/** Of the files that the daemon reads. @throws system errors */
export const manifestPaths = async (folder: string): Promise<readonly string[]> =>
  (await allPaths(folder)).filter((path) => ignoredBecause(path.slice(folder.length + 1)) === undefined);

/** JSON of what is in the folder, without a word of what the files say. @throws system errors */
export const manifestFiles = async (folder: string): Promise<string> => {
  const files = [];
  for (const path of await allPaths(folder)) files.push({ path, ...(await factsOf(path)) });
  return `${JSON.stringify(files, null, 1)}\n`;
};

const factsOf = async (path: string) => {
  try {
    const { size, mode, mtime } = await stat(path);
    const sha256 = createHash('sha256').update(await readTrusted(path, maxManifestBytes));
    return { bytes: size, mode: mode.toString(8), modified: mtime.toISOString(), sha256: sha256.digest('hex') };
  } catch (error) {
    const code = error instanceof BootletError ? error.code : systemCodeOf(error);
    if (code === undefined) throw error;
    return { trouble: `${messageOf(error)} (${code})` };
  }
};
