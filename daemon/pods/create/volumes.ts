import { lstat, mkdir, open, stat } from 'node:fs/promises';
import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';
import type { Pod, Volume } from '../v1.ts';
import type { PodFiles } from './pod-files.ts';

/** Makes what the pod's volumes need before its sandbox exists. Idempotent. @throws BootletError E_VOLUME naming the volume and what is wrong on the host */
export const prepareVolumes = async (pod: Pod, files: PodFiles): Promise<void> => {
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.emptyDir !== undefined) await makeEmptyDir(files.volume(volume.name));
    else if (volume.hostPath !== undefined)
      await checkHostPath(volume.name, volume.hostPath.path, volume.hostPath.type ?? '');
  }
};

/** The folder or file on the host that stands behind a volume. */
export const volumeSource = (volume: Volume, files: PodFiles): string =>
  volume.hostPath?.path ?? files.volume(volume.name);

/** 0777 whatever the umask, as the kubelet's emptyDir. */
const makeEmptyDir = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true });
  const folder = await open(path, 'r');
  try {
    await folder.chmod(0o777);
  } finally {
    await folder.close();
  }
};

type FileKind = {
  isDirectory(): boolean;
  isFile(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
};

/** What each hostPath type asks of what is there (pkg/volume/hostpath). */
const mustBe: Readonly<Record<string, (kind: FileKind) => boolean>> = {
  Directory: (k) => k.isDirectory(),
  DirectoryOrCreate: (k) => k.isDirectory(),
  File: (k) => k.isFile(),
  FileOrCreate: (k) => k.isFile(),
  Socket: (k) => k.isSocket(),
  CharDevice: (k) => k.isCharacterDevice(),
  BlockDevice: (k) => k.isBlockDevice(),
};

const checkHostPath = async (volume: string, path: string, type: string): Promise<void> => {
  if (type === '') return makeDirectoryIfMissing(path);
  if (type === 'DirectoryOrCreate') await makeDirectoryIfMissing(path);
  if (type === 'FileOrCreate') await makeFileIfMissing(volume, path);
  const kind = await stat(path).catch((error: unknown) => {
    throw new BootletError('E_VOLUME', `hostPath type check failed: ${path} is not a ${type}`, {
      cause: error,
      hint: `volume ${volume}: make ${path} on the host, or change hostPath.type`,
    });
  });
  if (mustBe[type]?.(kind) !== true) {
    throw new BootletError('E_VOLUME', `hostPath type check failed: ${path} is not a ${type}`, {
      hint: `volume ${volume}: something else is at ${path} on the host`,
    });
  }
};

/** Docker makes a missing bind source, as a folder, and so did the kubelet with it; bootlet does it itself, since the mounts it asks for never make their source. */
const makeDirectoryIfMissing = async (path: string): Promise<void> => {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) await mkdir(path, { recursive: true, mode: 0o755 });
};

const makeFileIfMissing = async (volume: string, path: string): Promise<void> => {
  try {
    await (await open(path, 'wx', 0o644)).close();
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return;
    throw new BootletError('E_VOLUME', `hostPath type check failed: ${path} cannot be made: ${messageOf(error)}`, {
      cause: error,
      hint: `volume ${volume}`,
    });
  }
};
