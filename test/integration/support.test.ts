import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t, { type Test, test } from 'tap';
import { bootletProgram } from '../lab/program.ts';
import { tryRun } from '../lab/run.ts';
import { unpack } from '../lab/unpack.ts';
import { isReady, manifest, podHosts } from '../support/pod-host.ts';
import { missing } from '../support/requires.ts';

const skip = missing('dockerd', 'busybox', 'tar', 'gzip', 'setpriv');
const startHost = podHosts(t);
const [program, ...args] = bootletProgram();

/** One for each way in: none of them may come out. */
const SECRETS = {
  env: 'word-of-the-environment',
  number: '918273645',
  argument: 'word-of-the-arguments',
  proxy: 'word-of-the-proxy',
  bareProxy: 'word-of-the-proxy-without-a-scheme',
  log: 'word-of-the-log-driver',
  token: 'word-without-any-form',
  query: 'word-of-the-query',
};

/** A host with a secret in everything that an administrator may put one into. */
const startSecretHost = async (t: Test) => {
  const dir = t.testdir({
    token: `${SECRETS.token}\n`,
    'daemon.json': JSON.stringify({
      proxies: {
        'http-proxy': `http://user:${SECRETS.proxy}@proxy.example:3128`,
        'https-proxy': `user:${SECRETS.bareProxy}@proxy.example:3128`,
      },
      'log-opts': { 'splunk-token': SECRETS.log },
    }),
  });
  const host = await startHost(t, {
    config: {
      network: { manage: false, docker: { configFile: join(dir, 'daemon.json') } },
      cluster: { servers: [], auth: 'token', tokenFile: join(dir, 'token') },
      node: { labels: { 'example/word': SECRETS.token } },
      pods: { http: [{ url: `https://127.0.0.1:1/pods?key=${SECRETS.query}` }] },
    },
  });
  await host.drop(
    'web.yaml',
    manifest({ container: { env: [{ name: 'WORD', value: SECRETS.env }], args: ['--word', SECRETS.argument] } }),
  );
  await host.drop(
    'bad.yaml',
    manifest({ name: 'bad', container: { env: [{ name: 'WORD', value: Number(SECRETS.number) }] } }),
  );
  await host.podWhere('ready', isReady);
  const bundles = join(dir, 'bundles');
  await mkdir(bundles);
  const support = (...args: string[]) => host.cli('support', '--config', host.configFile, ...args);
  return { host, bundles, support };
};

test('a bundle tells all about a host, and none of its secrets', { skip }, async (t) => {
  const { host, bundles, support } = await startSecretHost(t);
  const path = join(bundles, 'one.tar.gz');
  const { code, stdout, stderr } = await support('-o', path);
  t.equal(code, 0, stderr);
  t.equal(stdout, `${path}\n`);
  t.equal((await stat(path)).mode & 0o777, 0o600);
  t.same(await readdir(bundles), ['one.tar.gz'], 'nothing is left beside it');

  const files = await unpack(path);
  t.equal(files.get('contents.txt'), stderr, 'the contents are shown too');
  for (const name of files.keys()) if (name !== 'contents.txt') t.match(stderr, `\n${name} `, name);
  t.match(files.get('version.json'), /"version"/);
  t.match(files.get('status.txt'), /ManifestsValid=False/);
  t.match(files.get('pods.txt'), host.podName('web'));
  t.match(files.get('pod-inspect.txt'), /running since/);
  t.match(files.get('events.txt'), /ManifestInvalid/);
  t.match(files.get('metrics.txt'), /^# HELP /m);
  t.match(JSON.parse(files.get('node.json') ?? ''), { kind: 'Node' });
  t.match(JSON.parse(files.get('manifests.json') ?? ''), [{ sha256: /^[0-9a-f]{64}$/ }, { bytes: Number }]);
  t.match(files.get('manifests.txt'), /bad\.yaml:1:\d+: error: spec\.containers\[0\]\.env\[0\]\.value: /);
  t.match(JSON.parse(files.get('daemon.json') ?? ''), { proxies: { 'http-proxy': /@proxy\.example:3128$/ } });
  const { docker, containers } = JSON.parse(files.get('containers.json') ?? '');
  t.match(docker, { engine: /^\d+\./, CgroupDriver: String });
  t.ok(containers.some(({ name }: { name: string }) => name.includes(`k8s_main_${host.podName('web')}`)));
  t.match(files.get('host/uname.txt'), /^Linux /);
  t.match(files.get('host/addresses.txt'), /inet 127\.0\.0\.1/);
  t.match(
    stderr,
    /^certificate\.txt: this host has no certificate \(E_NOT_FOUND\)$/m,
    'what is not there is told, and why',
  );

  const everything = [...files.values(), stdout, stderr].join('\n');
  for (const [name, secret] of Object.entries(SECRETS)) t.notOk(everything.includes(secret), name);
});

test('a file that is there already stays as it is, and no folder is made', { skip }, async (t) => {
  const dir = t.testdir({ mine: 'mine' });
  const support = (path: string) => tryRun(program, [...args, 'support', '-o', join(dir, path)]);
  t.match(await support('mine'), { code: 2, stdout: '', stderr: /mine already \(E_USAGE\)/ });
  t.equal(await readFile(join(dir, 'mine'), 'utf8'), 'mine');
  t.match(await support('none/a.tar.gz'), { code: 1, stderr: /E_FILE_UNWRITABLE\)\nhint: / });
  t.same(await readdir(dir), ['mine']);
});

test('without a daemon and without Docker a bundle has what is left, and tells what is not', { skip }, async (t) => {
  const { host, bundles, support } = await startSecretHost(t);
  await host.stop();
  const configured = JSON.parse(await readFile(host.configFile, 'utf8'));
  const docker = { endpoint: `unix://${join(host.dir, 'no-docker.sock')}` };
  await writeFile(host.configFile, JSON.stringify({ ...configured, runtime: { docker } }));
  const path = join(bundles, 'one.tar.gz');
  const { code, stderr } = await support('-o', path);
  t.equal(code, 0, stderr);
  t.match(stderr, /^status\.txt: no bootlet daemon runs: .* \(E_DAEMON_UNREACHABLE\)$/m);
  t.match(stderr, /^containers\.json: .* \(E_RUNTIME_UNAVAILABLE\)$/m);
  const files = await unpack(path);
  t.notOk(files.has('status.txt'));
  t.match(JSON.parse(files.get('config.json') ?? ''), { nodeName: host.nodeName });
  t.match(files.get('manifests.txt'), /bad\.yaml/);

  await writeFile(host.configFile, 'mode: x\n');
  const broken = await support('-o', join(bundles, 'two.tar.gz'));
  t.equal(broken.code, 0, 'also where the configuration cannot be used');
  t.match(broken.stderr, /^config\.json: the configuration is not valid:/m);
  t.match(broken.stderr, /^Defaults stand in for .* are not known here\.$/m);
});

/** Where everybody may run it, whoever may enter the folder that it was built in. */
const openProgram = async (t: Test): Promise<readonly string[]> => {
  if (args.length > 0) return [program, ...args];
  const dir = await mkdtemp(join(tmpdir(), 'bl-open-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  await chmod(dir, 0o755);
  await copyFile(program, join(dir, 'bootlet'));
  return [join(dir, 'bootlet')];
};

test('who is not root gets a bundle of what is open to him, on the standard output, and exits with 4', {
  skip,
}, async (t) => {
  const dir = t.testdir();
  const path = join(dir, 'bundle');
  const words = [...(await openProgram(t)), 'support', '-o', '-'];
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', ...words];
  // No text: it would not survive being read as such.
  const { code, stderr } = await tryRun('sh', ['-c', `setpriv "$@" >${path}`, 'sh', ...nobody], { cwd: '/' });
  t.equal(code, 4, stderr);
  t.match(stderr, /What could not be had:\n[^]*hint: root can have more of it/);
  t.match((await unpack(path)).get('host/uname.txt'), /^Linux /);
});

test('the name of a bundle says which host it is of, and when it was made', { skip }, async (t) => {
  const dir = t.testdir();
  const { stdout } = await tryRun(program, [...args, 'support'], { cwd: dir });
  t.match(basename(stdout.trim()), /^bootlet-support-[\w.-]+-\d{8}T\d{6}Z\.tar\.gz$/);
  t.same(await readdir(dir), [basename(stdout.trim())]);
});
