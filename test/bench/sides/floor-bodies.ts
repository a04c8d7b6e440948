import { dirname } from 'node:path';
import { argsOf, type BenchPod, CONTAINER, FOLDER_IN_POD } from '../pod.ts';
import { STAMP_IMAGE } from '../stamp/image.ts';

/** Files of the host that a pod's containers get mounted, as bootlet makes them. */
export interface PodFiles {
  readonly socket: string;
  readonly hosts: string;
  readonly resolvConf: string;
  readonly hostname: string;
  readonly terminationLog: string;
}

const bind = (Source: string, Target: string) => ({ Type: 'bind', Source, Target });

const labels = (pod: BenchPod, container: string) => ({
  'io.kubernetes.pod.name': pod.name,
  'io.kubernetes.pod.namespace': 'default',
  'io.kubernetes.container.name': container,
  'io.bootlet.bench': 'floor',
});

const supervised = { RestartPolicy: { Name: 'no' }, Init: false };
const NO_HEALTHCHECK = { Test: ['NONE'] };

/** Body of `POST /containers/create` for a sandbox like bootlet's. */
export const sandboxBody = (pod: BenchPod, pauseImage: string): object => ({
  Image: pauseImage,
  ...(pod.network === 'pod' ? { Hostname: pod.name } : {}),
  Labels: labels(pod, 'POD'),
  Healthcheck: NO_HEALTHCHECK,
  HostConfig: {
    ...supervised,
    ...(pod.network === 'pod' ? { NetworkMode: 'bridge' } : { NetworkMode: 'host', UTSMode: 'host' }),
    IpcMode: 'shareable',
    CpuShares: 2,
    LogConfig: { Type: 'none', Config: {} },
  },
});

/** The same for the pod's one container. */
export const containerBody = (pod: BenchPod, sandboxId: string, files: PodFiles): object => ({
  Image: STAMP_IMAGE,
  User: '0',
  Cmd: argsOf(pod),
  Env: [`EDITION=${pod.edition}`],
  Labels: labels(pod, CONTAINER),
  Healthcheck: NO_HEALTHCHECK,
  HostConfig: {
    ...supervised,
    NetworkMode: `container:${sandboxId}`,
    IpcMode: `container:${sandboxId}`,
    ...(pod.network === 'pod' ? {} : { UTSMode: 'host' }),
    CpuShares: 2,
    OomScoreAdj: 1000,
    SecurityOpt: ['seccomp=unconfined'],
    Mounts: [
      bind(files.hosts, '/etc/hosts'),
      bind(files.resolvConf, '/etc/resolv.conf'),
      ...(pod.network === 'pod' ? [bind(files.hostname, '/etc/hostname')] : []),
      bind(files.terminationLog, '/dev/termination-log'),
      bind(dirname(files.socket), FOLDER_IN_POD),
    ],
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10485760', 'max-file': '5' } },
  },
});
