import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { startCluster } from '../lab/cluster.ts';
import { isReady, startMemberHost } from '../lab/member-host.ts';
import { until } from '../lab/until.ts';
import { missing } from '../support/requires.ts';

const options = { skip: missing('dockerd', 'etcd', 'kubectl', 'go'), timeout: 30 * 60_000 };
test('a certificate that is replaced while the node lives', options, async (t) => {
  const cluster = await startCluster(t, { signingDuration: '60s' });
  const member = await startMemberHost(t, cluster);
  const { bootlet } = member;
  const node = await member.nodeWhere('the Node is ready', isReady);
  const kubeconfig = join(bootlet.dir, 'bootlet.conf');
  const certificate = () => realpath(join(bootlet.dir, 'state/pki/bootlet-client-current.pem'));
  const whoAmI = async () =>
    (await member.host.tryRun('kubectl', ['--kubeconfig', kubeconfig, 'auth', 'whoami', '-o', 'json'])).stdout;

  const [first, text] = [await certificate(), await readFile(kubeconfig, 'utf8')];
  t.match(await whoAmI(), `system:node:${bootlet.nodeName}`);
  await until(() => (member.ports[0]?.open().length ?? 0) > 0, { what: 'it is connected' });
  const old = member.ports.flatMap((port) => port.open());

  await until(async () => (await certificate()) !== first, { what: 'another certificate is there', within: 90_000 });
  const isClosed = () => !member.ports.some((port) => port.open().some((number) => old.includes(number)));
  await until(isClosed, { what: 'what was connected by the old one is closed', within: 10_000 });
  t.equal(await readFile(kubeconfig, 'utf8'), text, 'the kubeconfig stays, and leads to the new one');
  t.match(await whoAmI(), `system:node:${bootlet.nodeName}`);
  const after = await member.nodeWhere('the Node is still ready', isReady);
  t.equal(after.metadata?.uid, node.metadata?.uid);
});
