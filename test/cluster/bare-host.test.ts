import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { startCluster } from '../lab/cluster.ts';
import { isReady, readyOf, startMemberHost } from '../lab/member-host.ts';
import { until } from '../lab/until.ts';
import { manifest } from '../support/pod-host.ts';
import { missing } from '../support/requires.ts';

const options = { skip: missing('dockerd', 'etcd', 'kubectl', 'go'), timeout: 30 * 60_000 };
test('a bare host becomes a Ready node of a real cluster from a token alone', options, async (t) => {
  const cluster = await startCluster(t);
  const seen: Node[] = [];
  await cluster.watch('/api/v1/nodes', ({ object }) => seen.push(object as Node));
  const member = await startMemberHost(t, cluster, {
    manifests: {
      'host.json': manifest({ name: 'of-host' }),
      'net.json': manifest({ name: 'of-network', spec: { hostNetwork: false } }),
    },
  });
  const { bootlet } = member;
  const node = await member.nodeWhere('the Node is ready', isReady);
  const [range = ''] = node.spec?.podCIDRs ?? [];

  t.test('and is not ready, with the reason, before its network is', async (t) => {
    const told = seen.map(readyOf);
    t.match(told.at(0), { status: 'False', reason: 'NetworkNotReady', message: /\S/ });
    t.match(told.at(-1), { status: 'True' });
  });

  t.test('whose bridge has the range that the controller manager gave', async (t) => {
    t.match(range, /^10\.244\.\d+\.0\/24$/);
    t.same(await member.addressesOf('cbr0'), [range.replace('.0/24', '.1/24')]);
    const pods = await until(
      async () => {
        const listed = await member.docker.engine.list('io.kubernetes.container.name=main');
        return listed.filter(({ State }) => State === 'running').length === 2;
      },
      { what: 'both pods run' },
    );
    t.ok(pods);
    const { stdout } = await bootlet.cli('pods', '-o', 'json');
    t.match(stdout, `"podIP": "${range.replace('.0/24', '.')}`);
  });

  t.test('whose kubeconfig makes other tools the node', async (t) => {
    const kubeconfig = `${bootlet.dir}/bootlet.conf`;
    const { stdout } = await member.host.tryRun('kubectl', [
      '--kubeconfig',
      kubeconfig,
      'auth',
      'whoami',
      '-o',
      'json',
    ]);
    t.match(stdout, `"system:node:${bootlet.nodeName}"`);
  });

  t.test('and is back within seconds, with the network of its new range, when somebody deletes its Node', async (t) => {
    const uid = node.metadata?.uid;
    t.equal((await cluster.kubectl('delete', 'node', bootlet.nodeName)).code, 0);
    const again = await member.nodeWhere('another Node', (found) => found.metadata?.uid !== uid, 10_000);
    t.not(again.metadata?.uid, uid);
    const ready = await member.nodeWhere(
      'it is ready',
      (found) => isReady(found) && found.spec?.podCIDRs !== undefined,
    );
    const bridge = ready.spec?.podCIDRs?.map((cidr) => cidr.replace('.0/24', '.1/24'));
    await until(async () => String(await member.addressesOf('cbr0')) === String(bridge), {
      what: 'the bridge follows',
    });
  });
});
