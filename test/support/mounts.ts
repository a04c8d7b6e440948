import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMountinfo } from '../../daemon/host/mountinfo.ts';
import { Mounter } from '../../daemon/host/mounts.ts';
import { removeTree } from '../../daemon/host/remove-tree.ts';
import type { Scope } from '../lab/scope.ts';

/**
 * A folder to mount in, and a mounter of the host's own programs; both are gone after the test. Not one of tap's, which
 * it removes before a test's own teardown has unmounted.
 */
export const aMountLab = async (t: Scope): Promise<{ readonly root: string; readonly mounter: Mounter }> => {
  const root = await mkdtemp(join(tmpdir(), 'bl-mounts-'));
  const mounter = new Mounter({ environment: process.env });
  t.teardown(async () => {
    await mounter.unmountBelow(root);
    await removeTree(root);
  });
  return { root, mounter };
};

export const bindMount = async (mounter: Mounter, source: string, target: string): Promise<void> => {
  await mkdir(source, { recursive: true });
  await mkdir(target, { recursive: true });
  await mounter.mount({ source, target, options: ['bind'] });
};

export const mountPoints = (): readonly string[] =>
  parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')).map(({ point }) => point);
