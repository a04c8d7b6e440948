import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import type { Status } from '../../daemon/api/status.ts';
import { type Child, startChild } from '../lab/child.ts';
import { kubernetesBinary } from '../lab/kubernetes.ts';
import type { Scope } from '../lab/scope.ts';
import { until } from '../lab/until.ts';
import { isReady, manifest, type PodHost, podHosts } from '../support/pod-host.ts';
import { missing, skipUnless } from '../support/requires.ts';

/** Enough for the kubelet to be built from nothing. */
const TIMEOUT_MS = 30 * 60_000;

/** What the kubelet would otherwise write to the host's kernel (pkg/kubelet/cm, setupKernelTunables). */
const KERNEL = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

interface Kubelets {
  /** Starts a kubelet that takes its static pods from the folder, and waits until it works. */
  start(folder: string): Promise<Child>;
}

/** Real kubelets without an apiserver, on a containerd of their own; packet filter and kernel settings of the host are kept from them. */
const realKubelets = async (scope: Scope): Promise<Kubelets> => {
  const program = await kubernetesBinary('kubelet');
  const dir = await mkdtemp(join(tmpdir(), 'bl-kubelet-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const socket = join(dir, 'containerd.sock');
  const containerd = [
    'version = 2',
    `root = "${dir}/containerd"`,
    `state = "${dir}/containerd-state"`,
    `[grpc]\n  address = "${socket}"`,
    '[plugins."io.containerd.grpc.v1.cri"]\n  restrict_oom_score_adj = true\n  disable_apparmor = true',
  ];
  await writeFile(join(dir, 'containerd.toml'), containerd.join('\n'));
  const runtime = startChild(['containerd', '-c', join(dir, 'containerd.toml')]);
  scope.teardown(() => runtime.end('SIGTERM'));
  await runtime.line(/successfully booted/, 30_000);

  const settings = await Promise.all(
    Object.entries(KERNEL).map(async ([name, value]) => {
      const file = join(dir, name.replaceAll('/', '.'));
      await writeFile(file, value);
      return `mount --bind ${file} /proc/sys/${name}`;
    }),
  );
  return {
    start: async (folder) => {
      const config = {
        apiVersion: 'kubelet.config.k8s.io/v1beta1',
        kind: 'KubeletConfiguration',
        staticPodPath: folder,
        containerRuntimeEndpoint: `unix://${socket}`,
        podLogsDir: join(dir, 'logs'),
        failCgroupV1: false,
        failSwapOn: false,
        cgroupsPerQOS: false,
        enforceNodeAllocatable: [],
        authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
        authorization: { mode: 'AlwaysAllow' },
      };
      await mkdir(join(dir, 'logs'), { recursive: true });
      await writeFile(join(dir, 'config.yaml'), JSON.stringify(config));
      const command = `exec ${program} --config ${dir}/config.yaml --root-dir ${dir}/root --v 2`;
      const script = ['set -e', ...settings, command].join('\n');
      const kubelet = startChild(['unshare', '--mount', '--net', 'sh', '-c', script]);
      scope.teardown(() => kubelet.end('SIGKILL'));
      await kubelet.line(/Starting kubelet main sync loop/, 60_000);
      return kubelet;
    },
  };
};

const options = {
  skip: missing('dockerd', 'containerd', 'go', 'unshare') || skipUnless(process.geteuid?.() === 0, 'needs root'),
  timeout: TIMEOUT_MS,
};
test('beside a real kubelet that reads the same folder', options, async (t) => {
  const hosts = podHosts(t);
  const kubelets = await realKubelets(t);
  /** Waits until the host says so, and gives what it says. */
  const contested = (host: PodHost): Promise<string> =>
    until(
      async () => {
        const { conditions } = JSON.parse((await host.cli('status', '-o', 'json')).stdout) as Status;
        return conditions.find((c) => c.type === 'ManifestFolderContested' && c.status === 'True')?.message;
      },
      { what: 'the folder is contested' },
    );
  const running = async (host: PodHost) => (await host.containers()).filter(({ state }) => state === 'running');
  const sees = (kubelet: Child): Promise<string> => kubelet.line(/SyncLoop ADD.*source="file".*web-/, 60_000);

  t.test('one that starts later is found within seconds, and nothing is started until it has ended', async (t) => {
    const host = await hosts(t);
    const kubelet = await kubelets.start(host.manifests);
    t.match(await contested(host), `the kubelet with process id ${kubelet.pid}`);
    await host.drop('web.yaml', manifest());
    await sees(kubelet);
    await host.cli('status', '--wait', '2');
    t.same(await running(host), []);
    t.ok((await host.events()).some((event) => event.reason === 'ManifestFolderContested'));
    await kubelet.end('SIGKILL');
    await host.podWhere('the pod runs once the kubelet is gone', isReady);
  });

  t.test('one that was there first is found before any pod starts, and the preflight ends with 6', async (t) => {
    const host = await hosts(t);
    await host.stop();
    await host.drop('web.yaml', manifest());
    const kubelet = await kubelets.start(host.manifests);
    await sees(kubelet);
    const preflight = await host.cli('preflight', '--config', host.configFile);
    t.equal(preflight.code, 6);
    t.match(preflight.stderr, host.manifests);
    await host.start();
    await contested(host);
    await host.cli('status', '--wait', '2');
    t.same(await running(host), []);
    await kubelet.end('SIGKILL');
    await host.podWhere('the pod runs once the kubelet is gone', isReady);
  });

  t.test('one that comes while pods run takes none of them down', async (t) => {
    const host = await hosts(t);
    await host.drop('web.yaml', manifest());
    await host.podWhere('the pod runs', isReady);
    const before = await host.containers();
    const kubelet = await kubelets.start(host.manifests);
    await contested(host);
    t.same(await host.containers(), before);
    await kubelet.end('SIGKILL');
  });
});
