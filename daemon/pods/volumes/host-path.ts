import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { BootletError } from '../../errors.ts';
import { unless } from '../../host/missing.ts';
import type { HostPathVolumeSource } from '../v1.ts';

interface Requirement {
  /** As the kubelet's message has it (pkg/volume/hostpath). */
  readonly name: string;
  readonly holds: (there: Stats) => boolean;
  /** Makes it where nothing is. */
  readonly make?: (path: string) => Promise<unknown>;
}

const directory = { name: 'directory', holds: (s: Stats) => s.isDirectory() };
const file = { name: 'file', holds: (s: Stats) => s.isFile() };

export const makeHostFolder = (path: string): Promise<unknown> => mkdir(path, { recursive: true, mode: 0o755 });
const makeFile = async (path: string): Promise<void> => (await open(path, 'a', 0o644)).close();

const requirements: Readonly<Record<string, Requirement>> = {
  Directory: directory,
  DirectoryOrCreate: { ...directory, make: makeHostFolder },
  File: file,
  FileOrCreate: { ...file, make: makeFile },
  Socket: { name: 'socket file', holds: (s) => s.isSocket() },
  CharDevice: { name: 'character device', holds: (s) => s.isCharacterDevice() },
  BlockDevice: { name: 'block device', holds: (s) => s.isBlockDevice() },
};

/** Holds a path of the host against what the manifest says it is; without a type anything will do. @throws BootletError E_VOLUME */
export const checkHostPath = async ({ path, type }: HostPathVolumeSource): Promise<void> => {
  const required = requirements[type ?? ''];
  if (required === undefined) return;
  const there = await unless(['ENOENT', 'ENOTDIR'], stat(path));
  if (there === undefined && required.make !== undefined) {
    await required.make(path);
    return;
  }
  if (there === undefined || !required.holds(there))
    throw new BootletError('E_VOLUME', `hostPath type check failed: ${path} is not a ${required.name}`);
};
