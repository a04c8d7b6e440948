import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, keyOf } from '../../lab/cache.ts';
import { writeImageArchive } from '../../lab/image-archive.ts';
import { run } from '../../lab/run.ts';

const SOURCE = join(import.meta.dirname, 'stamp.c');

export const STAMP_IMAGE = 'bench/stamp:1';

/** Path of an archive for `docker load` with the one program of stamp.c, static, as the image's entrypoint. */
export const stampImage = async (): Promise<string> => {
  const key = keyOf(await readFile(SOURCE), await readFile(import.meta.filename));
  const folder = await cached('bench-stamp', key, async (draft) => {
    const rootfs = join(draft, 'rootfs');
    await mkdir(rootfs);
    await run('gcc', ['-Os', '-static', '-s', '-Wall', '-Wextra', '-Werror', '-o', join(rootfs, 'stamp'), SOURCE]);
    const image = { tags: [STAMP_IMAGE], config: { Entrypoint: ['/stamp'] } };
    await writeImageArchive(join(draft, 'stamp.tar'), rootfs, [image]);
  });
  return join(folder, 'stamp.tar');
};
