import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import type { Bootlet } from '../lab/bootlet.ts';
import { type Cluster, startCluster } from '../lab/cluster.ts';
import { until } from '../lab/until.ts';
import { podHosts } from '../support/pod-host.ts';
import { missing } from '../support/requires.ts';

/** Enough for Kubernetes to be built from nothing. */
const options = { skip: missing('dockerd', 'etcd', 'kubectl', 'go'), timeout: 30 * 60_000 };

test('the commands about the cluster', options, async (t) => {
  const cluster = await startCluster(t);
  const startHost = podHosts(t);

  /** A host whose daemon joins with a token. */
  const startMember = async (t: Test): Promise<Bootlet> => {
    const tokenFile = join(t.testdir(), 'token');
    await writeFile(tokenFile, (await cluster.token()).text, { mode: 0o600 });
    const host = await startHost(t, { config: { cluster: clusterSection(cluster, tokenFile) } });
    const isWell = async () => (await host.cli('status', '--check')).code === 0;
    await until(isWell, { what: 'the host in its cluster' }).catch(async (error: unknown) => {
      t.comment((await host.cli('status')).stdout, host.log().join('\n'));
      throw error;
    });
    return host;
  };

  await t.test('status, node show and cert show tell how a host stands to its cluster', async (t) => {
    const host = await startMember(t);
    const { stdout: status } = await host.cli('status');
    t.match(status, /^Cluster: +https:\/\/127\.0\.0\.1:\d+ answers$/m);
    t.match(status, /^In it: +registered$/m);
    t.match(status, /^Lease: +renewed \d+s ago$/m);
    t.match(status, /^✓ Joined=True +as system:node:/m);
    t.match((await host.cli('node', 'show', '-o', 'wide')).stdout, /^bl-\S+ +Ready +<none> +\d+s +v1\.36/m);
    t.match(JSON.parse((await host.cli('node', 'show', '-o', 'json')).stdout), {
      kind: 'Node',
      metadata: { name: host.nodeName, uid: /./ },
    });
    t.match((await host.cli('node', 'show')).stdout, /^Pod ranges: +10\.244\.\d+\.0\/24$/m);
    const shown = await host.cli('cert', 'show', '--config', host.configFile);
    t.match(shown.stdout, `Subject:      system:node:${host.nodeName}\nIssuer:       CN=`);
    await host.stop();
    t.same(await host.cli('cert', 'show', '--config', host.configFile), shown, 'the daemon need not run');
  });

  await t.test('cert renew has the certificate replaced, and the cluster knows the new one', async (t) => {
    const host = await startMember(t);
    const show = async () =>
      JSON.parse((await host.cli('cert', 'show', '--config', host.configFile, '-o', 'json')).stdout);
    const before = await show();
    t.match(await host.cli('cert', 'renew'), { code: 0, stdout: /^the new certificate is valid until 20/ });
    const after = await show();
    t.not(after.fingerprint, before.fingerprint);
    t.equal(after.file, before.file, 'the name that others know it by stays');
    t.not(after.holds, before.holds);
    await until(async () => (await host.cli('status', '--check')).code === 0, { what: 'well with the new one' });
  });

  await t.test('a host without a cluster shows the Node that it would be', async (t) => {
    const host = await startHost(t);
    t.match((await host.cli('node', 'show')).stdout, /as it would be made\nCluster: +none is configured/);
    t.match(await host.cli('node', 'show', '-o', 'wide'), { stdout: /NotReady,NotRegistered|Ready,NotRegistered/ });
    t.match(await host.cli('cert', 'renew'), { code: 1, stderr: /E_NOT_FOUND/ });
    t.match(await host.cli('cert', 'show', '--config', host.configFile), { code: 1, stderr: /E_NOT_FOUND/ });
  });
});

const clusterSection = (cluster: Cluster, tokenFile: string) => ({
  servers: cluster.urls,
  tokenFile,
  discovery: { caCertHashes: [cluster.caHash] },
});
