import { join } from 'node:path';

/** Where the files of a pod lie below the state folder, laid out as the kubelet lays out /var/lib/kubelet/pods. */
export const podFiles = (state: string, uid: string) => {
  const root = join(state, 'pods', uid);
  return {
    root,
    hosts: join(root, 'etc-hosts'),
    resolvConf: join(root, 'resolv.conf'),
    hostname: join(root, 'hostname'),
    stops: join(root, 'stops.json'),
    probes: join(root, 'probes.json'),
    volume: (name: string): string => join(root, 'volumes', 'kubernetes.io~empty-dir', name),
    terminationLog: (container: string, attempt: number): string =>
      join(root, 'containers', container, `${attempt}.termination-log`),
  };
};

export type PodFiles = ReturnType<typeof podFiles>;
