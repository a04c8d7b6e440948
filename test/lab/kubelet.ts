import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from './child.ts';
import { kubernetesBinary } from './kubernetes.ts';
import { newMounts } from './network/own-mounts.ts';
import { run } from './run.ts';
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

export interface KubeletsOptions {
  /** Where they run; the machine's own namespace, where they write no packet filter rule, unless given. */
  readonly netns?: string;
  /** Archive with the images of pods, `SANDBOX_IMAGE` among them. Without any no pod starts. */
  readonly images?: string;
}

/** Of an image that only waits. */
export const SANDBOX_IMAGE = 'lab/sandbox:1';

/** A network plugin that gives every pod an address, and no network. */
const PLUGIN = `#!/bin/sh
cat >/dev/null
case $CNI_COMMAND in
ADD) echo '{"cniVersion":"1.0.0","interfaces":[{"name":"'$CNI_IFNAME'","sandbox":"'$CNI_NETNS'"}],"ips":[{"address":"10.88.0.5/24","interface":0}]}' ;;
VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["0.3.1","0.4.0","1.0.0"]}' ;;
esac
`;

export const realKubelets = async (scope: Scope, { netns, images }: KubeletsOptions = {}): Promise<Kubelets> => {
  const program = await kubernetesBinary('kubelet');
  const dir = await mkdtemp(join(tmpdir(), 'bl-kubelet-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const socket = join(dir, 'containerd.sock');
  const [networks, plugins] = [join(dir, 'cni'), join(dir, 'cni-plugins')];
  const containerd = [
    'version = 2',
    `root = "${dir}/containerd"`,
    `state = "${dir}/containerd-state"`,
    `[grpc]\n  address = "${socket}"`,
    '[plugins."io.containerd.grpc.v1.cri"]\n  restrict_oom_score_adj = true\n  disable_apparmor = true',
    `  sandbox_image = "docker.io/${SANDBOX_IMAGE}"`,
    `[plugins."io.containerd.grpc.v1.cri".cni]\n  conf_dir = "${networks}"\n  bin_dir = "${plugins}"`,
  ];
  await Promise.all([mkdir(networks), mkdir(plugins)]);
  for (const plugin of ['loopback', 'lab']) await writeFile(join(plugins, plugin), PLUGIN, { mode: 0o755 });
  const network = { cniVersion: '1.0.0', name: 'lab', plugins: [{ type: 'lab' }] };
  await writeFile(join(networks, '10-lab.conflist'), JSON.stringify(network));
  await writeFile(join(dir, 'containerd.toml'), containerd.join('\n'));
  const runtime = startChild(['containerd', '-c', join(dir, 'containerd.toml')]);
  scope.teardown(() => runtime.end('SIGTERM'));
  await runtime.line(/successfully booted/, 30_000);
  const ctr = (...args: readonly string[]) => run('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args]);
  if (images !== undefined) {
    await ctr('images', 'import', images);
    scope.teardown(() => endPods(ctr, dir));
  }
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

/** The runtime leaves containers running when it ends, and their mounts in place. */
const endPods = async (ctr: (...args: readonly string[]) => Promise<string>, dir: string): Promise<void> => {
  const tasks = (await ctr('tasks', 'ls', '--quiet')).split('\n').filter((task) => task !== '');
  await Promise.allSettled(tasks.map((task) => ctr('tasks', 'delete', '--force', task)));
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${dir}/`)).toReversed())
    await run('umount', ['--lazy', mount]);
};
