import type { Draft } from '../schema/types.ts';
import { defaultDownward } from './container.ts';
import { defaultPullPolicy } from './image-tag.ts';
import { roundToMilli } from './resources.ts';

const fileMode = 0o644;
const hour = 3600;

/** What a volume that says nothing else is: an empty directory. */
export const defaultVolume = (volume: Draft<'Volume'>): void => {
  const hasSource = Object.entries(volume).some(([field, value]) => field !== 'name' && value !== undefined);
  if (!hasSource) volume.emptyDir = {};
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference ?? '');
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.secret) volume.secret.defaultMode ??= fileMode;
  if (volume.configMap) volume.configMap.defaultMode ??= fileMode;
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= fileMode;
    defaultFiles(volume.downwardAPI.items);
  }
  if (volume.projected) defaultProjected(volume.projected);
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim) {
    claim.volumeMode ??= 'Filesystem';
    roundToMilli(claim.resources?.limits);
    roundToMilli(claim.resources?.requests);
  }
  defaultNetworkVolume(volume);
};

const defaultFiles = (files: Draft<'DownwardAPIVolumeFile'>[] | undefined): void => {
  for (const file of files ?? []) defaultDownward(file);
};

const defaultProjected = (projected: Draft<'ProjectedVolumeSource'>): void => {
  projected.defaultMode ??= fileMode;
  for (const source of projected.sources ?? []) {
    defaultFiles(source.downwardAPI?.items);
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= hour;
  }
};

const defaultNetworkVolume = ({ iscsi, rbd, azureDisk, scaleIO }: Draft<'Volume'>): void => {
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
    azureDisk.kind ??= 'Shared';
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
};
