import { chmod, chown, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { systemCodeOf } from '../errors.ts';

export interface SocketRights {
  readonly mode: number;
  /** Group that owns it, by number; undefined leaves it to root's. */
  readonly gid: number | undefined;
}

/**
 * Serves on a unix socket. It is made in a folder that only root may enter and moved into place, so that it is never
 * there with rights that are too wide, and what an earlier daemon left behind is replaced in one step.
 */
export const listenAt = async (app: FastifyInstance, path: string, { mode, gid }: SocketRights): Promise<void> => {
  const nursery = join(dirname(path), '.new');
  await rm(nursery, { recursive: true, force: true });
  await mkdir(nursery, { mode: 0o700 });
  const draft = join(nursery, basename(path));
  await app.listen({ path: draft });
  if (gid !== undefined) await chown(draft, 0, gid);
  await chmod(draft, mode);
  await rename(draft, path);
  await rm(nursery, { recursive: true });
};

/** The number of a group of this host, or undefined when there is none of that name; group(5). */
export const groupId = async (name: string, groupFile = '/etc/group'): Promise<number | undefined> => {
  const text = await readFile(groupFile, 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return '';
    throw error;
  });
  const fields = text.split('\n').map((line) => line.split(':'));
  const gid = fields.find(([group]) => group === name)?.[2];
  return gid === undefined ? undefined : Number(gid);
};
