import type { PodFiles } from '../create/pod-files.ts';
import type { Pod, Volume } from '../v1.ts';

/** Names of the kubelet's plugins, by the field that asks for one: they name the folders of a pod's volumes. */
const plugins = {
  emptyDir: 'empty-dir',
  downwardAPI: 'downward-api',
  projected: 'projected',
  nfs: 'nfs',
  cephfs: 'cephfs',
} as const;

type VolumeKind = keyof typeof plugins;
const kinds = Object.keys(plugins) as readonly VolumeKind[];

const kindOf = (volume: Volume): VolumeKind | undefined => kinds.find((kind) => volume[kind] !== undefined);

/** Where on the host a volume lies: its own path for a hostPath, else below the pod's folder. */
export const pathOf = (volume: Volume, files: PodFiles): string =>
  volume.hostPath?.path ?? files.volume(plugins[kindOf(volume) ?? 'emptyDir'], volume.name);

/** Whether no container may write to it, whatever its volumeMounts say. */
export const isReadOnly = (volume: Volume): boolean =>
  volume.downwardAPI !== undefined ||
  volume.projected !== undefined ||
  volume.nfs?.readOnly === true ||
  volume.cephfs?.readOnly === true;

/** The volumes that a container mounts: the kubelet leaves the others alone, also those that could not be had. */
export const volumesInUse = (pod: Pod): readonly Volume[] => {
  const containers = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
  const used = new Set(containers.flatMap((c) => (c.volumeMounts ?? []).map((mount) => mount.name)));
  return (pod.spec.volumes ?? []).filter(({ name }) => used.has(name));
};
