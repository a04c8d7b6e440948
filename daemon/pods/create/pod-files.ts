import { join } from 'node:path';
import { uidName } from '../../runtime/uid-name.ts';

/** Where the files of a pod lie below the state folder, laid out as the kubelet lays out /var/lib/kubelet/pods. */
export const podFiles = (state: string, uid: string): PodFiles => podFilesNamed(state, uidName(uid));

/** @param name of the pod's folder: {@link uidName} */
export const podFilesNamed = (state: string, name: string) => {
  const root = join(state, 'pods', name);
  return {
    root,
    hosts: join(root, 'etc-hosts'),
    resolvConf: join(root, 'resolv.conf'),
    hostname: join(root, 'hostname'),
    stops: join(root, 'stops.json'),
    probes: join(root, 'probes.json'),
    /** @param plugin as the kubelet names its kinds: `empty-dir` */
    volume: (plugin: string, name: string): string => join(root, 'volumes', `kubernetes.io~${plugin}`, name),
    /** @param index of the mount among the container's volumeMounts */
    subPath: (volume: string, container: string, index: number): string =>
      join(root, 'volume-subpaths', volume, container, String(index)),
    hooks: join(root, 'hooks.json'),
    terminationLog: (container: string, attempt: number): string =>
      join(root, 'containers', container, `${attempt}.termination-log`),
  };
};

export type PodFiles = ReturnType<typeof podFilesNamed>;
