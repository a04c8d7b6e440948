import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Node, PodList } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { clusterInfoKubeconfig, kubeadmObjects } from '../lab/cluster/rbac.ts';
import { newToken, tokenSecret } from '../lab/cluster/token.ts';
import { dropControlPlane, prepareControlPlane, SERVER } from '../lab/control-plane.ts';
import { labImages } from '../lab/images.ts';
import { isReady } from '../lab/member-host.ts';
import { newHost, startHostBootlet, startHostDocker } from '../lab/network/host.ts';
import { networkSettled } from '../lab/network/settled.ts';
import { until } from '../lab/until.ts';
import { manifest } from '../support/pod-host.ts';
import { missing } from '../support/requires.ts';

const options = { skip: missing('dockerd', 'etcd', 'kubectl', 'go'), timeout: 30 * 60_000 };
test('the classic guide: one host is its own control plane, then a node of it', options, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host);
  await docker.engine.load(await labImages());
  const etcKubernetes = join(host.dir, 'kubernetes');
  await prepareControlPlane(docker, etcKubernetes);
  const caFile = join(etcKubernetes, 'pki/ca.crt');
  const token = newToken();
  const tokenFile = join(host.dir, 'token');
  await writeFile(tokenFile, `${token.text}\n`, { mode: 0o600 });
  const bootlet = await startHostBootlet(t, host, docker, {
    podCIDRs: [],
    config: { nodeIPs: [host.addresses.ipv4], cluster: { servers: [SERVER], tokenFile, caFile, discovery: {} } },
    manifests: { 'web.json': manifest({ spec: { hostNetwork: false } }) },
  });
  const plane = await dropControlPlane({ docker, bootlet, etcKubernetes, execute: host.tryRun });
  const before = await plane.ready();
  const node = async (): Promise<Node | undefined> => {
    const { code, stdout } = await plane.kubectl('get', 'node', bootlet.nodeName, '-o', 'json');
    return code === 0 ? (JSON.parse(stdout) as Node) : undefined;
  };

  t.test('the control plane runs before there is a cluster, and pods of its network wait', async (t) => {
    t.equal(await node(), undefined);
    const { items } = (await bootlet.api('/api/v1/pods')).body as PodList;
    const web = items.find(({ metadata }) => metadata?.name?.startsWith('web-'));
    t.equal(web?.status?.phase, 'Pending');
  });

  t.test('it registers with it once it knows the token, and is given a range', async (t) => {
    const objects = [
      ...kubeadmObjects(clusterInfoKubeconfig(SERVER, await readFile(caFile, 'utf8'))),
      { collection: '/api/v1/namespaces/kube-system/secrets', body: tokenSecret(token) },
    ];
    for (const [n, { collection, body }] of objects.entries()) {
      const file = join(host.dir, `object-${n}.json`);
      await writeFile(file, JSON.stringify(body));
      const { code, stderr } = await plane.kubectl('create', '--raw', collection, '-f', file);
      t.equal(code, 0, stderr);
    }
    const ready = await until(
      async () => {
        const found = await node();
        return found !== undefined && isReady(found) && found;
      },
      { what: 'the Node is ready', within: 180_000, every: 500 },
    ).catch((cause: unknown) => {
      throw new Error(bootlet.log().join('\n'), { cause });
    });
    t.match(ready.spec?.podCIDRs, [/^10\.244\.\d+\.0\/24$/]);
  });

  t.test('its Docker is reconfigured onto the bridge of that range, and not one of the four restarted', async (t) => {
    await networkSettled(bootlet);
    const [range = ''] = (await node())?.spec?.podCIDRs ?? [];
    const gateway = range.replace('.0/24', '.1/24');
    t.match((await host.tryRun('ip', ['-j', 'address', 'show', 'dev', 'cbr0'])).stdout, gateway.replace('/24', ''));
    t.same(await plane.ready(), before);
    t.match(await readFile(join(host.dir, 'etc/docker/daemon.json'), 'utf8'), /live-restore/);
    const hasAddress = async () =>
      (await bootlet.cli('pods', '-o', 'json')).stdout.includes(`"podIP": "${range.replace('.0/24', '.')}`);
    await until(hasAddress, { what: 'the pod that waited for the network has an address of it' });
  });
});
