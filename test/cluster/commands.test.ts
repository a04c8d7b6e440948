import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import type { Bootlet } from '../lab/bootlet.ts';
import { newToken } from '../lab/cluster/token.ts';
import { type Cluster, startCluster } from '../lab/cluster.ts';
import { unpack } from '../lab/unpack.ts';
import { until } from '../lab/until.ts';
import { podHosts } from '../support/pod-host.ts';
import { missing } from '../support/requires.ts';

const OWN = '/apis/bootlet.io/v1alpha1';

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

  /** What names this cluster and a token on the command line; the token's file is the last word. */
  const clusterArgs = async (dir: string, text: string): Promise<string[]> => {
    const tokenFile = join(dir, 'token');
    await writeFile(tokenFile, text, { mode: 0o600 });
    const servers = cluster.urls.flatMap((url) => ['--server', url]);
    return [...servers, '--ca-cert-hash', cluster.caHash, '--token-file', tokenFile];
  };

  await t.test('token check names what is wrong with a token, by its exit code too', async (t) => {
    const host = await startHost(t);
    const check = async (text: string, ...more: string[]) =>
      host.cli('token', 'check', '--config', host.configFile, ...(await clusterArgs(host.dir, text)), ...more);
    const good = await cluster.token();
    t.match(await check(good.text), { code: 0, stdout: `the token ${good.id} is good\n` });
    t.match(await check('abcdef'), { code: 5, stderr: /E_TOKEN_MALFORMED/ });
    t.match(await check(newToken().text), { code: 5, stderr: /E_TOKEN_UNKNOWN/ });
    const mute = await cluster.token({ usages: ['signing'] });
    const isSignedWith = async () => /E_TOKEN_USAGE/.test((await check(mute.text)).stderr);
    await until(isSignedWith, { what: 'a token that is only for signing is told' });
    const groups = await cluster.token({ groups: ['system:bootstrappers:others'] });
    t.match(await check(groups.text), { code: 5, stderr: /lets nobody ask.*E_TOKEN_USAGE/ });
    const caFile = join(host.dir, 'ca.crt');
    await writeFile(caFile, cluster.caPem);
    t.match(await check(newToken().text, '--ca-file', caFile), { code: 5, stderr: /E_TOKEN_UNKNOWN/ });
    const other = await check(good.text, '--ca-cert-hash', `sha256:${'0'.repeat(64)}`);
    t.equal(other.code, 0, 'one of several pins is enough');
    t.notMatch(other.stderr + other.stdout, good.secret);
  });

  await t.test('node register does once what the daemon does always, and the daemon goes on with it', async (t) => {
    const host = await startHost(t);
    const { text, secret } = await cluster.token();
    const args = ['node', 'register', '--config', host.configFile, ...(await clusterArgs(host.dir, text))];
    t.match(await host.cli(...args), { code: 1, stderr: /E_STATE_LOCKED/ }, 'not beside the daemon');
    await host.stop();

    const dry = await host.cli(...args, '--dry-run', '-o', 'json');
    t.equal(dry.code, 0, dry.stderr);
    t.match(JSON.parse(dry.stdout), { kind: 'Node', metadata: { name: host.nodeName } });
    t.match(await cluster.kubectl('get', 'node', host.nodeName), { code: 1 }, 'a dry run makes nothing');
    t.match(await host.cli('cert', 'show', '--config', host.configFile), { code: 1 });

    const done = await host.cli(...args);
    t.match(done, { code: 0, stdout: `node/${host.nodeName} registered\n`, stderr: /the host has its identity/ });
    t.match(await cluster.kubectl('get', 'node', host.nodeName, '-o', 'name'), { code: 0 });
    t.match(await host.cli(...args), { code: 0 }, 'and again');
    t.notMatch(dry.stderr + done.stderr, secret);
    const kubeconfig = join(host.dir, 'bootlet.conf');
    const asNode = await cluster.kubectl('--kubeconfig', kubeconfig, 'get', 'node', host.nodeName);
    t.equal(asNode.code, 0, asNode.stderr);
  });

  await t.test('node register tells what a Node lacks that was there already, and puts its labels right', async (t) => {
    const host = await startHost(t);
    await host.stop();
    const { text } = await cluster.token();
    await cluster.call('POST', '/api/v1/nodes', { metadata: { name: host.nodeName } });
    const args = ['node', 'register', '--config', host.configFile, ...(await clusterArgs(host.dir, text))];
    const told = new RegExp(`was there already, without .*kubectl taint node ${host.nodeName} bootlet.io/`);
    t.match(await host.cli(...args, '--dry-run'), { code: 0, stderr: told });
    t.match(await host.cli(...args), { code: 0, stderr: told });
    const labelled = await cluster.kubectl(
      'get',
      'node',
      '-l',
      `kubernetes.io/hostname=${host.nodeName}`,
      '-o',
      'name',
    );
    t.equal(labelled.stdout, `node/${host.nodeName}\n`);
  });

  await t.test('node register says why it cannot', async (t) => {
    const host = await startHost(t);
    await host.stop();
    const register = (...args: string[]) => host.cli('node', 'register', '--config', host.configFile, ...args);
    t.match(await register(), { code: 2, stderr: /--server/ });
    t.match(await register('--server', 'https://127.0.0.1:1/api'), { code: 5, stderr: /the command line:1:/ });
    const args = await clusterArgs(host.dir, newToken().text);
    t.match(await register(...args), { code: 5, stderr: /E_TOKEN_UNKNOWN/ });
    await rm(join(host.dir, 'token'));
    t.match(await register(...args), { code: 1, stderr: /kubeadm token create/ });
    const nobody = [
      '--server',
      'https://127.0.0.1:1',
      '--ca-cert-hash',
      cluster.caHash,
      '--token-file',
      join(host.dir, 'token'),
    ];
    await writeFile(join(host.dir, 'token'), (await cluster.token()).text, { mode: 0o600 });
    t.match(await register(...nobody, '--wait', '1'), { code: 8, stderr: /ECONNREFUSED/ });
  });

  await t.test('preflight looks at each server, and at whether it is the one that is pinned', async (t) => {
    const host = await startMember(t);
    const { code, stdout } = await host.cli('preflight', '--config', host.configFile);
    t.equal(code, 0, stdout);
    t.match(stdout, /^https:\/\/127\.0\.0\.1:\d+\n {2}✓ ServerReachable .*\n {2}✓ ClockSkew .*\n {2}✓ ServerTrusted /m);
    t.match(stdout, /^ {2}✓ NodeOwner +no other machine is Node /m);
    const other = join(host.dir, 'other.yaml');
    const pinned = await readFile(host.configFile, 'utf8');
    await writeFile(other, pinned.replace(cluster.caHash, `sha256:${'0'.repeat(64)}`), { mode: 0o600 });
    const wrong = await host.cli('preflight', '--config', other, '-o', 'json');
    t.equal(wrong.code, 6);
    const { passed, checks } = JSON.parse(wrong.stdout);
    t.equal(passed, false);
    t.match(
      checks.filter(({ result }: { result: string }) => result === 'failed'),
      [{ name: 'ServerTrusted', subject: cluster.urls[0], message: /E_CLUSTER_UNTRUSTED/, fix: /./ }],
    );
    t.match(await host.cli('preflight', '--config', other, '--ignore', 'ServerTrusted'), { code: 0 });
    t.match(await host.cli('preflight', '--config', other, '--ignore', 'Swop'), { code: 2, stderr: /no check Swop/ });
  });

  await t.test('preflight tells that the name is the Node of another machine', async (t) => {
    const host = await startMember(t);
    const nodeInfo = { machineID: 'of-another-machine', systemUUID: 'of-another-machine' };
    const conditions = [{ type: 'Ready', status: 'True' }];
    await cluster.call('POST', '/api/v1/nodes', { metadata: { name: 'taken' }, status: { nodeInfo, conditions } });
    const other = join(host.dir, 'other.yaml');
    const text = await readFile(host.configFile, 'utf8');
    await writeFile(other, text.replace(`"nodeName": "${host.nodeName}"`, '"nodeName": "taken"'), { mode: 0o600 });
    const { code, stdout } = await host.cli('preflight', '--config', other, '-o', 'json');
    t.equal(code, 6);
    t.match(
      JSON.parse(stdout).checks.filter(({ result }: { result: string }) => result === 'failed'),
      [{ name: 'NodeOwner', subject: '', message: /another machine .*E_NODE_TAKEN/, fix: /nodeName/ }],
    );
  });

  await t.test(
    'nothing secret is in the log, the answers, the metrics, the arguments, the environment or a support bundle',
    async (t) => {
      const { text, secret } = await cluster.token();
      const dir = t.testdir();
      const tokenFile = join(dir, 'token');
      await writeFile(tokenFile, text, { mode: 0o600 });
      const log = { level: 'trace' };
      const dockerConfig = join(dir, 'daemon.json');
      const host = await startHost(t, {
        config: {
          log,
          cluster: clusterSection(cluster, tokenFile),
          network: { manage: false, docker: { configFile: dockerConfig } },
        },
      });
      await until(async () => (await host.cli('status', '--check')).code === 0, { what: 'the host in its cluster' });
      t.equal((await host.cli('cert', 'renew')).code, 0);
      const pki = join(host.dir, 'state/pki');
      const pem = await readFile(join(pki, 'bootlet-client-current.pem'), 'utf8');
      const key = /PRIVATE KEY-----\n(.{40})/.exec(pem)?.[1] ?? 'no key';
      const paths = [
        '/metrics',
        '/api/v1/nodes',
        '/api/v1/events',
        ...['status', 'cluster'].map((name) => `${OWN}/${name}`),
      ];
      const answers = await Promise.all(paths.map(async (path) => JSON.stringify((await host.api(path)).body)));
      const process = await Promise.all(
        ['cmdline', 'environ'].map((name) => readFile(`/proc/${host.pid()}/${name}`, 'utf8')),
      );
      const archive = join(host.dir, 'support.tar.gz');
      // Where somebody has written one down.
      await writeFile(dockerConfig, JSON.stringify({ labels: [text, key] }));
      const made = await host.cli('support', '--config', host.configFile, '-o', archive);
      t.equal(made.code, 0, made.stderr);
      const bundle = await unpack(archive);
      for (const name of ['certificate.txt', 'node.json', 'daemon.json']) t.ok(bundle.has(name), name);
      const shown = [...host.log(), ...answers, ...process, made.stdout, made.stderr, ...bundle.values()].join('\n');
      for (const word of [secret, key, 'PRIVATE KEY', 'Bearer ']) t.notOk(shown.includes(word), word.slice(0, 4));
      for (const path of [pki, join(pki, 'bootlet-client-current.pem'), join(host.dir, 'bootlet.conf')])
        t.equal((await stat(path)).mode & 0o077, 0, path);
    },
  );

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
