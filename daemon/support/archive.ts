import { link, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../host/atomic-file.ts';
import { outputOf, type RunTool } from '../host/run-tool.ts';

/**
 * Packs files into a .tar.gz, readable by its owner only.
 * @param folder where room is taken for it until `use` is done
 * @param top name of the one folder in the archive
 * @param files content by path below `top`
 * @param use told the archive's path
 * @throws BootletError E_HOST_COMMAND, E_TIMEOUT; system errors
 */
export const withArchive = async (
  {
    folder,
    top,
    files,
    run,
  }: {
    readonly folder: string;
    readonly top: string;
    readonly files: ReadonlyMap<string, string>;
    readonly run: RunTool;
  },
  use: (path: string) => Promise<void>,
): Promise<void> => {
  const stage = await mkdtemp(join(folder, '.bootlet-support-'));
  try {
    for (const [name, text] of files) {
      const path = join(stage, top, name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(path, text, { mode: 0o600 });
    }
    const archive = join(stage, 'archive');
    await outputOf(run, 'tar', ['-czf', archive, '-C', stage, top]);
    await use(archive);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
};

/** Gives a file its name, on its file system, all at once and never over another file. @throws system errors, EEXIST for one */
export const publish = async (file: string, path: string): Promise<void> => {
  await using handle = await open(file, 'r');
  await handle.chmod(0o600);
  await handle.sync();
  await link(file, path);
  await syncFolder(dirname(path));
};
