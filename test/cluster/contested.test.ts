import { test } from 'tap';
import type { Status } from '../../daemon/api/status.ts';
import type { Child } from '../lab/child.ts';
import { type Kubelets, realKubelets } from '../lab/kubelet.ts';
import { newNetns } from '../lab/netns.ts';
import { until } from '../lab/until.ts';
import { isReady, manifest, type PodHost, podHosts } from '../support/pod-host.ts';
import { missing, skipUnless } from '../support/requires.ts';

/** Enough for the kubelet to be built from nothing. */
const TIMEOUT_MS = 30 * 60_000;

/** Starts a kubelet that has no apiserver and takes its static pods from the folder, and waits until it works. */
const startKubelet = async (kubelets: Kubelets, staticPodPath: string): Promise<Child> => {
  const start = await kubelets.prepare({ config: { staticPodPath } });
  const kubelet = start();
  await kubelet.line(/Starting kubelet main sync loop/, 60_000);
  return kubelet;
};

const options = {
  skip: missing('dockerd', 'containerd', 'go', 'unshare') || skipUnless(process.geteuid?.() === 0, 'needs root'),
  timeout: TIMEOUT_MS,
};
test('beside a real kubelet that reads the same folder', options, async (t) => {
  const hosts = podHosts(t);
  const kubelets = await realKubelets(t, { netns: await newNetns(t) });
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
    const kubelet = await startKubelet(kubelets, host.manifests);
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
    const kubelet = await startKubelet(kubelets, host.manifests);
    await sees(kubelet);
    const preflight = await host.cli('preflight', '--config', host.configFile);
    t.equal(preflight.code, 6);
    t.match(preflight.stdout, host.manifests);
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
    const kubelet = await startKubelet(kubelets, host.manifests);
    await contested(host);
    t.same(await host.containers(), before);
    await kubelet.end('SIGKILL');
  });
});
