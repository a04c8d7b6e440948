import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from './run.ts';

/** Content by path of what is in a .tar.gz, without its one top folder. */
export const unpack = async (archive: string): Promise<ReadonlyMap<string, string>> => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-unpacked-'));
  try {
    await run('tar', ['-xzf', archive, '-C', dir, '--strip-components=1']);
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(
      await Promise.all(files.map(async (file) => [relative(dir, file), await readFile(file, 'utf8')] as const)),
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};
