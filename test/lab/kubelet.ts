import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from './child.ts';
import { kubernetesBinary } from './kubernetes.ts';
import { newMounts } from './network/own-mounts.ts';
import type { Scope } from './scope.ts';

export interface KubeletOptions {
  /** Of the KubeletConfiguration, over the lab's own. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly flags?: readonly string[];
}

/** Real kubelets on a containerd of their own, one at a time; what they would write to the host's kernel is kept from it. */
export interface Kubelets {
  /** Lays out one with a root folder of its own. What it gives starts it; it goes down with the scope. */
  prepare(options: KubeletOptions): Promise<() => Child>;
}

/** @param netns where they run; the machine's own namespace, where they write no packet filter rule, unless given */
export const realKubelets = async (scope: Scope, netns?: string): Promise<Kubelets> => {
  const program = await kubernetesBinary('kubelet');
  const dir = await mkdtemp(join(tmpdir(), 'bl-kubelet-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const socket = join(dir, 'containerd.sock');
  const networks = join(dir, 'cni');
  const containerd = [
    'version = 2',
    `root = "${dir}/containerd"`,
    `state = "${dir}/containerd-state"`,
    `[grpc]\n  address = "${socket}"`,
    '[plugins."io.containerd.grpc.v1.cri"]\n  restrict_oom_score_adj = true\n  disable_apparmor = true',
    `[plugins."io.containerd.grpc.v1.cri".cni]\n  conf_dir = "${networks}"`,
  ];
  await mkdir(networks);
  // No pod is started, so that no plugin is: the runtime only has to say that it has a network.
  const network = { cniVersion: '1.0.0', name: 'lab', plugins: [{ type: 'bridge' }] };
  await writeFile(join(networks, '10-lab.conflist'), JSON.stringify(network));
  await writeFile(join(dir, 'containerd.toml'), containerd.join('\n'));
  const runtime = startChild(['containerd', '-c', join(dir, 'containerd.toml')]);
  scope.teardown(() => runtime.end('SIGTERM'));
  await runtime.line(/successfully booted/, 30_000);
  const mountsOf = await newMounts(scope, netns, dir);

  let prepared = 0;
  return {
    prepare: async ({ config = {}, flags = [] }) => {
      const own = join(dir, `${prepared++}`);
      await mkdir(join(own, 'logs'), { recursive: true });
      const configuration = {
        apiVersion: 'kubelet.config.k8s.io/v1beta1',
        kind: 'KubeletConfiguration',
        containerRuntimeEndpoint: `unix://${socket}`,
        podLogsDir: join(own, 'logs'),
        failCgroupV1: false,
        failSwapOn: false,
        cgroupsPerQOS: false,
        enforceNodeAllocatable: [],
        makeIPTablesUtilChains: false,
        authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
        authorization: { mode: 'AlwaysAllow' },
        ...config,
      };
      await writeFile(join(own, 'config.yaml'), JSON.stringify(configuration));
      const argv = [
        program,
        '--config',
        join(own, 'config.yaml'),
        '--root-dir',
        join(own, 'root'),
        '--v',
        '2',
        ...flags,
      ];
      return () => {
        const kubelet = startChild(argv, { netns, mountsOf });
        scope.teardown(() => kubelet.end('SIGKILL'));
        return kubelet;
      };
    },
  };
};
