import { posix } from 'node:path';
import { BootletError, systemCodeOf } from '../../errors.ts';
import type { Mounter } from '../../host/mounts.ts';
import type { Mount } from '../../runtime/runtime.ts';
import { expand } from '../create/env.ts';
import type { PodFiles } from '../create/pod-files.ts';
import type { Container, Pod, Volume, VolumeMount } from '../v1.ts';
import { makeHostFolder } from './host-path.ts';
import { isReadOnly, pathOf } from './location.ts';
import { bindSubPath, makeSubPath } from './sub-path.ts';

export interface MountsRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly files: PodFiles;
  /** The container's environment, for subPathExpr. */
  readonly env: ReadonlyMap<string, string>;
  /** Whether the runtime makes mounts read-only all the way down; asked only where that is wanted. */
  readonly canMountRecursivelyReadOnly: () => Promise<boolean>;
}

/**
 * What one start of a container has mounted: its volumes, and the files that bootlet manages where no volume takes their
 * place. Makes what a mount needs, so that a start finds the volume as it is now.
 * @throws BootletError E_CONTAINER_CONFIG in the kubelet's words
 */
export const containerMounts = async (request: MountsRequest, mounter: Mounter): Promise<readonly Mount[]> => {
  const own: Mount[] = [];
  for (const [index, mount] of (request.container.volumeMounts ?? []).entries())
    own.push(await volumeMount(request, mount, index, mounter));
  const taken = new Set(own.map((m) => m.target));
  return [...managedMounts(request).filter((m) => !taken.has(m.target)), ...own];
};

const managedMounts = ({ pod, container, attempt, files }: MountsRequest): readonly Mount[] => [
  bind(files.hosts, '/etc/hosts'),
  bind(files.resolvConf, '/etc/resolv.conf'),
  ...(pod.spec.hostNetwork === true ? [] : [bind(files.hostname, '/etc/hostname')]),
  ...(container.terminationMessagePath
    ? [bind(files.terminationLog(container.name, attempt), container.terminationMessagePath)]
    : []),
];

const bind = (source: string, target: string): Mount => ({ source, target, readOnly: false, propagation: 'private' });

const volumeMount = async (
  request: MountsRequest,
  mount: VolumeMount,
  index: number,
  mounter: Mounter,
): Promise<Mount> => {
  const volume = request.pod.spec.volumes?.find((v) => v.name === mount.name);
  if (volume === undefined)
    throw refuse(`cannot find volume "${mount.name}" to mount into container "${request.container.name}"`);
  const recursiveReadOnly = await resolveRecursiveReadOnly(request, mount);
  return {
    source: await sourceOf(request, volume, mount, index, mounter),
    // A relative mount path counts from the root, as the kubelet has it.
    target: posix.resolve('/', mount.mountPath),
    readOnly: mount.readOnly === true || isReadOnly(volume),
    ...(recursiveReadOnly ? { recursiveReadOnly } : {}),
    propagation: propagationOf(mount.mountPropagation),
  };
};

const sourceOf = async (
  { container, files, env }: MountsRequest,
  volume: Volume,
  mount: VolumeMount,
  index: number,
  mounter: Mounter,
): Promise<string> => {
  const path = pathOf(volume, files);
  const subPath = mount.subPathExpr ? expandSubPath(mount.subPathExpr, env) : (mount.subPath ?? '');
  // What lies in an emptyDir may be a link to anywhere.
  if (volume.emptyDir === undefined || subPath !== '') await reach(posix.join(path, subPath), mounter);
  if (subPath === '') {
    if (volume.hostPath !== undefined && !volume.hostPath.type) await makeIfMissing(path);
    return path;
  }
  const target = files.subPath(volume.name, container.name, index);
  const where = `for volumeMount "${mount.name}" of container "${container.name}"`;
  // The kubelet says no more: what is wrong with a path may tell a pod's author of the host's files.
  await makeSubPath(path, subPath).catch((cause: unknown) => {
    throw refuse(`failed to create subPath directory ${where}`, cause);
  });
  await bindSubPath(path, subPath, target, mounter).catch((cause: unknown) => {
    throw refuse(`failed to prepare subPath ${where}`, cause);
  });
  return target;
};

const reach = async (path: string, mounter: Mounter): Promise<void> => {
  try {
    await mounter.reach(path);
  } catch (cause) {
    throw refuse(`${path} does not answer`, cause);
  }
};

/** A hostPath without a type that is missing becomes a folder, as container runtimes have it; a link that leads nowhere stays. */
const makeIfMissing = async (path: string): Promise<void> => {
  try {
    await makeHostFolder(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
};

/** pkg/kubelet/container ExpandContainerVolumeMounts: each variable must have a value. */
const expandSubPath = (expression: string, env: ReadonlyMap<string, string>): string => {
  const missing = new Set<string>();
  const path = expand(expression, {
    has: () => true,
    get: (name) => {
      const value = env.get(name);
      if (!value) missing.add(name);
      return value ?? '';
    },
  });
  if (missing.size > 0) throw refuse(`missing value for ${[...missing].toSorted().join(', ')}`);
  if (posix.isAbsolute(path)) throw refuse(`error SubPath \`${path}\` must not be an absolute path`);
  if (path.split('/').includes('..')) throw refuse(`unable to provision SubPath \`${path}\`: must not contain '..'`);
  return path;
};

/** pkg/kubelet resolveRecursiveReadOnly. */
const resolveRecursiveReadOnly = async (request: MountsRequest, mount: VolumeMount): Promise<boolean> => {
  const { name, recursiveReadOnly: mode = 'Disabled' } = mount;
  if (mode === 'Disabled') return false;
  if (await request.canMountRecursivelyReadOnly()) return true;
  if (mode === 'IfPossible') return false;
  throw refuse(
    `failed to resolve recursive read-only mode: volume "${name}" requested recursive read-only mode, but it is not supported by the runtime`,
  );
};

const propagationOf = (mode: string | undefined): Mount['propagation'] =>
  mode === 'HostToContainer' ? 'rslave' : mode === 'Bidirectional' ? 'rshared' : 'private';

const refuse = (message: string, cause?: unknown): BootletError =>
  new BootletError('E_CONTAINER_CONFIG', message, cause === undefined ? {} : { cause });
