import type { BigIntStats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';
import { unless, unlessMissing } from '../../host/missing.ts';
import { resolveTrusted } from '../../host/trusted-file.ts';

/** The manifest folder as it stands: which folder it is, and why others than root could put files into it or take them away. */
export type SeenFolder =
  | { readonly kind: 'folder'; readonly identity: string; readonly distrust: BootletError | undefined }
  | { readonly kind: 'missing'; readonly message: string };

/** The birth time is part of it: ext4 gives the inode number of a deleted folder to the next one made. */
const identityOf = (s: BigIntStats): string => `${s.dev}:${s.ino}:${s.birthtimeNs}`;

const distrustOf = async (path: string, { mode }: BigIntStats): Promise<BootletError | undefined> => {
  try {
    await resolveTrusted(path);
  } catch (error) {
    if (error instanceof BootletError) return error;
    throw error;
  }
  // In a sticky folder others cannot take away what is root's, but put in a second name of what is.
  if ((mode & 0o022n) === 0n) return undefined;
  const hint = `chmod go-w ${path}`;
  return new BootletError('E_FILE_UNTRUSTED', `${path} can be changed by others than root`, { hint, retryable: false });
};

export const observeFolder = async (path: string): Promise<SeenFolder> => {
  try {
    const stats = await stat(path, { bigint: true });
    if (!stats.isDirectory()) return { kind: 'missing', message: `${path} is not a directory` };
    return { kind: 'folder', identity: identityOf(stats), distrust: await distrustOf(path, stats) };
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { kind: 'missing', message: `${path} does not exist` };
    return { kind: 'missing', message: `${path} cannot be looked at: ${messageOf(error)}` };
  }
};

/** One entry of the folder, without its content. */
export type SeenEntry =
  | { readonly kind: 'missing' }
  | { readonly kind: 'other'; readonly what: string }
  /** `fingerprint` differs whenever the content may; `inode` follows the file through renames; `changedAt` in ms. */
  | {
      readonly kind: 'file';
      readonly link: boolean;
      /** The inode changed after its content did, as a rename does to it. */
      readonly renamed: boolean;
      readonly fingerprint: string;
      readonly inode: string;
      readonly changedAt: number;
    };

const fingerprintOf = (s: BigIntStats): string => [s.dev, s.ino, s.size, s.mtimeNs, s.ctimeNs].join(':');
const changedAtOf = (s: BigIntStats): number => Math.max(Number(s.mtimeMs), Number(s.ctimeMs));

export const observeEntry = async (path: string): Promise<SeenEntry> => {
  const own = await unlessMissing(lstat(path, { bigint: true }));
  if (own === undefined) return { kind: 'missing' };
  if (own.isDirectory()) return { kind: 'other', what: 'a directory' };
  const parts = [own];
  if (own.isSymbolicLink()) {
    const target = await unless(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'], stat(path, { bigint: true }));
    if (target?.isDirectory()) return { kind: 'other', what: 'a link to a directory' };
    if (target !== undefined) parts.push(target);
  }
  // A link to nothing counts as a file: reading it tells what is wrong.
  if (!own.isSymbolicLink() && !own.isFile()) return { kind: 'other', what: 'not a regular file' };
  return {
    kind: 'file',
    link: own.isSymbolicLink(),
    renamed: own.ctimeNs > own.mtimeNs,
    fingerprint: parts.map(fingerprintOf).join(' '),
    inode: `${own.dev}:${own.ino}`,
    changedAt: Math.max(...parts.map(changedAtOf)),
  };
};
