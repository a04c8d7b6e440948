import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, keyOf } from '../../lab/cache.ts';
import { run } from '../../lab/run.ts';
import { CORPUS } from './cases.ts';

/** Paths of the archives that the corpus's own script makes. */
export const caseImages = async (): Promise<readonly string[]> => {
  const script = join(CORPUS, 'make-images.sh');
  const key = keyOf(await readFile('/usr/bin/busybox'), await readFile(script));
  const folder = await cached('case-images', key, async (draft) => {
    await run('sh', [script, draft]);
  });
  return (await readdir(folder)).map((archive) => join(folder, archive));
};
