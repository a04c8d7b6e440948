import { noBacksteps, relativePath } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

export interface DeclaredVolumes {
  /** Those found valid: one that was refused does not count as declared. */
  readonly good: ReadonlyMap<string, Draft<'Volume'>>;
  readonly refused: ReadonlySet<string>;
}

const reportMissing = (name: string, volumes: DeclaredVolumes, at: Field, issues: Issues): void => {
  if (volumes.refused.has(name)) issues.add('E_FIELD_NOT_FOUND', at, `the volume '${name}' is not valid itself`);
  else issues.notFound(at, name, 'volume', [...volumes.good.keys()]);
};

/** Names and paths of mounts or devices as the other kind is compared with them: of a volume that is there twice, the last path counts. */
const lastPaths = (entries: readonly (readonly [string | undefined, string | undefined])[]) => {
  const byName = new Map(entries.map(([name = '', path = '']) => [name, path]));
  return { names: new Set(byName.keys()), paths: new Set(byName.values()) };
};

const propagations = ['Bidirectional', 'HostToContainer', 'None'];
const recursiveReadOnly = ['Disabled', 'IfPossible', 'Enabled'];

export const checkVolumeMounts = (
  container: Draft<'Container'>,
  volumes: DeclaredVolumes,
  at: Field,
  issues: Issues,
): void => {
  const devices = lastPaths((container.volumeDevices ?? []).map(({ name, devicePath }) => [name, devicePath]));
  const paths = new Set<string>();
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const here = at.index(i);
    const [name, path] = [mount.name ?? '', mount.mountPath ?? ''];
    if (name === '') issues.required(here.child('name'));
    if (!volumes.good.has(name)) reportMissing(name, volumes, here.child('name'), issues);
    if (path === '') issues.required(here.child('mountPath'));
    if (paths.has(path)) issues.invalid(here.child('mountPath'), path, 'is mounted twice');
    paths.add(path);
    if (devices.names.has(name)) issues.invalid(here.child('name'), name, 'is also in volumeDevices');
    if (devices.paths.has(path)) issues.invalid(here.child('mountPath'), path, 'is also a path in volumeDevices');
    checkSubPath(mount, at, here, issues);
    checkPropagation(mount, container, at, issues);
    checkRecursiveReadOnly(mount, at.child('recursiveReadOnly'), issues);
  }
};

/** Kubernetes reports these three on the list, not on the mount. */
const checkSubPath = (mount: Draft<'VolumeMount'>, list: Field, here: Field, issues: Issues): void => {
  if (mount.subPath) issues.form(list.child('subPath'), mount.subPath, relativePath);
  if (!mount.subPathExpr) return;
  if (mount.subPath) issues.invalid(here.child('subPathExpr'), mount.subPathExpr, 'cannot stand beside subPath');
  issues.form(list.child('subPathExpr'), mount.subPathExpr, relativePath);
};

const checkPropagation = (
  mount: Draft<'VolumeMount'>,
  container: Draft<'Container'>,
  list: Field,
  issues: Issues,
): void => {
  const propagation = mount.mountPropagation;
  const at = list.child('mountPropagation');
  if (propagation === undefined) return;
  if (!propagations.includes(propagation)) issues.notOneOf(at, propagation, propagations);
  if (propagation === 'Bidirectional' && container.securityContext?.privileged !== true)
    issues.forbidden(at, 'only a privileged container may have Bidirectional mounts');
};

const checkRecursiveReadOnly = (mount: Draft<'VolumeMount'>, at: Field, issues: Issues): void => {
  const wish = mount.recursiveReadOnly;
  if (wish === undefined || wish === 'Disabled') return;
  if (!recursiveReadOnly.includes(wish)) return issues.notOneOf(at, wish, recursiveReadOnly);
  if (mount.readOnly !== true) issues.forbidden(at, 'needs readOnly: true');
  if ((mount.mountPropagation ?? 'None') !== 'None') issues.forbidden(at, 'needs mountPropagation: None');
};

export const checkVolumeDevices = (
  container: Draft<'Container'>,
  volumes: DeclaredVolumes,
  at: Field,
  issues: Issues,
): void => {
  const mounts = lastPaths((container.volumeMounts ?? []).map(({ name, mountPath }) => [name, mountPath]));
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [i, device] of (container.volumeDevices ?? []).entries()) {
    const here = at.index(i);
    const [name, path] = [device.name ?? '', device.devicePath ?? ''];
    const volume = volumes.good.get(name);
    if (name === '') issues.required(here.child('name'));
    if (names.has(name)) issues.invalid(here.child('name'), name, 'is used twice');
    if (!volume) reportMissing(name, volumes, here.child('name'), issues);
    else if (!volume.persistentVolumeClaim && !volume.ephemeral)
      issues.invalid(here.child('name'), name, 'must be a persistentVolumeClaim or ephemeral volume to be a device');
    if (path === '') issues.required(here.child('devicePath'));
    if (paths.has(path)) issues.invalid(here.child('devicePath'), path, 'is used twice');
    if (noBacksteps(path) === undefined) paths.add(path);
    else issues.invalid(here.child('devicePath'), path, "must not contain '..'");
    if (mounts.names.has(name)) issues.invalid(here.child('name'), name, 'is also in volumeMounts');
    if (mounts.paths.has(path)) issues.invalid(here.child('devicePath'), path, 'is also a path in volumeMounts');
    if (name !== '') names.add(name);
  }
};
