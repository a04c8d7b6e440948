import { test } from 'tap';
import { startCluster } from '../lab/cluster.ts';
import { isReady, startMemberHost } from '../lab/member-host.ts';
import { until } from '../lab/until.ts';
import { missing } from '../support/requires.ts';

const options = { skip: missing('dockerd', 'etcd', 'kubectl', 'go'), timeout: 30 * 60_000 };
test('a token that expires while the host waits for its certificate', options, async (t) => {
  const cluster = await startCluster(t);
  await cluster.kubectl('delete', 'clusterrolebinding', 'kubeadm:node-autoapprove-bootstrap');
  const token = await cluster.token({ expires: new Date(Date.now() + 25_000) });
  const member = await startMemberHost(t, cluster, { token: token.text });
  const status = async () => (await member.bootlet.cli('status', '-o', 'json')).stdout;
  const says = (what: RegExp) =>
    until(async () => what.test(await status()), { what: `status says ${what}`, within: 90_000, every: 500 }).catch(
      async (cause: unknown) => {
        throw new Error(`${await status()}\n${member.bootlet.log().join('\n')}`, { cause });
      },
    );

  await says(/kubectl certificate approve node-csr-/);
  await says(/E_TOKEN_(EXPIRED|UNKNOWN)/);
  t.match(await status(), /kubeadm token create/);
  t.notMatch(await status(), token.secret);

  const [request = ''] = (await cluster.kubectl('get', 'csr', '-o', 'name')).stdout.trim().split('\n');
  await cluster.kubectl('certificate', 'approve', request.replace(/.*\//, ''));
  await member.giveToken((await cluster.token()).text);
  await member.nodeWhere('the Node is ready', isReady, 120_000);
});
