import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inNamespaces, startChild } from '../child.ts';
import { run } from '../run.ts';
import type { Scope } from '../scope.ts';
import { until } from '../until.ts';

/** What the kernel has only once for the whole machine, and bootlet sets. */
const MACHINE_WIDE = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
].map((name) => `/proc/sys/${name}`);

/** The lock of legacy iptables, so that a test that holds it holds up nobody else. */
const LOCK = '/run/xtables.lock';

/**
 * Starts a process with mounts of its own (in the machine's network unless another is given), in which copies stand for what a host has once but the machine shares
 * between all network namespaces. Resolves with its pid.
 */
export const newMounts = async (scope: Scope, netns: string | undefined, dir: string): Promise<number> => {
  const holder = startChild(['unshare', '--mount', 'sleep', 'infinity'], { netns });
  scope.teardown(() => holder.end('SIGTERM'));
  // A process that has not unshared yet has the mounts of this one, in which nothing may be mounted.
  const own = await run('readlink', ['/proc/self/ns/mnt']);
  const isApart = async () => (await run('readlink', [`/proc/${holder.pid}/ns/mnt`])) !== own;
  await until(isApart, { what: 'mounts of its own', every: 5 });
  await writeFile(LOCK, '', { flag: 'a', mode: 0o600 });
  for (const file of [...MACHINE_WIDE, LOCK]) {
    const copy = join(dir, 'machine', file);
    await mkdir(dirname(copy), { recursive: true });
    await writeFile(copy, await readFile(file, 'utf8'));
    await run(...split(inNamespaces({ mountsOf: holder.pid }, ['mount', '--bind', copy, file])));
  }
  return holder.pid;
};

const split = ([program, ...args]: readonly [string, ...string[]]): [string, string[]] => [program, args];
