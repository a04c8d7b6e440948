import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { t as file, test } from 'tap';
import { startChild } from '../../lab/child.ts';
import { labImages } from '../../lab/images.ts';
import { type Host, newHost, startHostDocker } from '../../lab/network/host.ts';
import { networkOf } from '../../lab/network/settled.ts';
import { bootletProgram } from '../../lab/program.ts';
import { run } from '../../lab/run.ts';
import type { Scope } from '../../lab/scope.ts';
import { until } from '../../lab/until.ts';
import { isReady, manifest, type PodHost, startPodHost } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing(
  'dockerd',
  'nsenter',
  'setpriv',
  'unshare',
  'ip',
  'iptables',
  'iptables-legacy',
  'sysctl',
  'conntrack',
);
const ECHO = join(import.meta.dirname, '../../lab/network/echo.ts');

interface PodHostOptions {
  readonly backEnd?: 'nft' | 'legacy';
  readonly network?: Readonly<Record<string, unknown>>;
}

/** A host whose Docker has pods on cbr0 and makes no rules. */
const newPodHost = async (scope: Scope, { backEnd = 'nft', network = {} }: PodHostOptions = {}) => {
  const host = await newHost(scope, { dualStack: true, backEnd });
  await host.run('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  await host.run('ip', 'link', 'add', 'cbr0', 'type', 'bridge');
  await host.run('ip', 'address', 'add', '10.22.3.1/24', 'dev', 'cbr0');
  await host.run('ip', 'address', 'add', 'fd00:22:3::1/64', 'dev', 'cbr0', 'nodad');
  await host.run('ip', 'link', 'set', 'cbr0', 'up');
  const docker = await startHostDocker(scope, host, {
    bridge: 'cbr0',
    iptables: false,
    ip6tables: false,
    'ip-masq': false,
    'userland-proxy': false,
    'live-restore': true,
    ipv6: true,
    'fixed-cidr-v6': 'fd00:22:3::/64',
  });
  await docker.engine.load(await labImages());
  const pods = await startPodHost(scope, docker, {
    config: {
      nodeIPs: [host.addresses.ipv4],
      network: {
        manage: true,
        podCIDRs: ['10.22.3.0/24', 'fd00:22:3::/64'],
        pollSeconds: 1,
        docker: { configFile: docker.configFile, restart: docker.restartCommand },
        ...network,
      },
    },
  });
  return { host, docker, pods };
};

/** One host for the tests that leave it as they found it: with a daemon that runs, and no pod. */
const sharedPodHost = (owner: Scope) => {
  let host: ReturnType<typeof newPodHost> | undefined;
  return async (scope: Scope) => {
    host ??= newPodHost(owner);
    const { pods } = await host;
    scope.teardown(async () => {
      if (pods.pid() === undefined) await pods.start();
      for (const name of await readdir(pods.manifests)) await pods.take(name);
      await pods.nothingLeft();
    });
    return host;
  };
};

const podHost = sharedPodHost(file);

const withPorts = (name: string, ...ports: readonly object[]): string =>
  manifest({ name, container: { ports }, spec: { hostNetwork: false } });

const sandboxPid = async (pods: PodHost): Promise<number> =>
  (await pods.containers()).find(({ name, state }) => name === 'POD' && state === 'running')?.pid ?? 0;

/** Serves on port 80 in the pod's network namespace: containers of the lab have no program for it. */
const serveIn = async (scope: Scope, pods: PodHost): Promise<void> => {
  const namespace = `--net=/proc/${await sandboxPid(pods)}/ns/net`;
  const server = startChild(['nsenter', namespace, process.execPath, ECHO, 'serve', '80']);
  scope.teardown(() => server.end('SIGKILL'));
  await server.line(/serving/, 20_000);
};

type Asker = (program: string, ...args: string[]) => Promise<string>;

const inside =
  (namespace: string): Asker =>
  (program, ...args) =>
    run('nsenter', [`--net=${namespace}`, program, ...args]);

/** The address from which the pod was asked. */
const ask = async (asker: Asker, protocol: 'tcp' | 'udp', address: string, port: number): Promise<string> =>
  (await asker(process.execPath, ECHO, 'ask', protocol, address, String(port))).split(' ')[0] ?? '';

const rulesOf = (host: Host): Promise<string> => host.run('iptables-save');

test('a port of the host leads to its pod from everywhere, and is gone with it', { skip }, async (t) => {
  const { host, pods } = await podHost(t);
  const udp = { containerPort: 80, hostPort: 8053, protocol: 'UDP' };
  const onLoopback = { containerPort: 80, hostPort: 8081, hostIP: '127.0.0.1' };
  await pods.drop('web.yaml', withPorts('web', { containerPort: 80, hostPort: 8080 }, udp, onLoopback));
  await pods.podWhere('ready', isReady);
  await serveIn(t, pods);
  const outside = inside(`/run/netns/${host.lan.netns}`);
  const pod = inside(`/proc/${await sandboxPid(pods)}/ns/net`);
  const { ipv4, ipv6 } = host.addresses;
  const { lan } = host;
  const gateway = '10.22.3.1';
  t.equal(await ask(outside, 'tcp', ipv4, 8080), lan.addresses.ipv4, 'from outside, with the address it came from');
  t.equal(await ask(outside, 'udp', ipv4, 8053), lan.addresses.ipv4);
  t.equal(await ask(outside, 'tcp', ipv6, 8080), lan.addresses.ipv6);
  t.equal(await ask(outside, 'udp', ipv6, 8053), lan.addresses.ipv6);
  t.equal(await ask(host.run, 'tcp', ipv4, 8080), ipv4, 'from the host’s own address');
  t.equal(await ask(host.run, 'tcp', ipv6, 8080), ipv6);
  t.equal(await ask(host.run, 'tcp', '127.0.0.1', 8080), gateway, 'from 127.0.0.1');
  t.equal(await ask(host.run, 'udp', '127.0.0.1', 8053), gateway);
  t.equal(await ask(pod, 'tcp', ipv4, 8080), gateway, 'from the pod to itself');
  t.equal(await ask(host.run, 'tcp', '127.0.0.1', 8081), gateway, 'on the address that it is asked for');
  await t.rejects(ask(host.run, 'tcp', ipv4, 8081), 'and on no other');
  await pods.take('web.yaml');
  await pods.podGone();
  await until(async () => !(await rulesOf(host)).includes('HOSTPORTS'), { what: 'rules gone with the pod' });
});

test('what listens on 127.0.0.1 of the host is kept from pods', { skip }, async (t) => {
  const { host, pods } = await podHost(t);
  await pods.drop('web.yaml', withPorts('web', { containerPort: 80, hostPort: 8080 }));
  await pods.podWhere('ready', isReady);
  const secret = startChild([process.execPath, ECHO, 'serve', '9999'], { netns: host.netns });
  t.teardown(() => secret.end('SIGKILL'));
  await secret.line(/serving/, 20_000);
  const pod = inside(`/proc/${await sandboxPid(pods)}/ns/net`);
  // A pod that sends what is for 127.0.0.1 out to the host, and takes the answer.
  await pod('sysctl', '-q', '-w', 'net.ipv4.conf.eth0.route_localnet=1');
  await pod('ip', 'address', 'flush', 'dev', 'lo');
  await pod('ip', 'route', 'add', '127.0.0.0/8', 'via', '10.22.3.1');
  t.equal((await host.run('sysctl', '-n', 'net.ipv4.conf.cbr0.route_localnet')).trim(), '1', 'the way is open');
  t.equal(await ask(host.run, 'tcp', '127.0.0.1', 9999), '127.0.0.1', 'it listens');
  await t.rejects(ask(pod, 'tcp', '127.0.0.1', 9999));
  await pods.kill9();
  await host.run('iptables', '-t', 'mangle', '-F', 'BOOTLET-LOOPBACK');
  t.ok(await ask(pod, 'tcp', '127.0.0.1', 9999), 'by the guard, and by nothing else');
});

for (const backEnd of ['nft', 'legacy'] as const) {
  test(`rules outlive the daemon, and are shown and put back when somebody takes them away (${backEnd})`, {
    skip,
  }, async (t) => {
    const { host, pods } = await (backEnd === 'nft' ? podHost(t) : newPodHost(t, { backEnd }));
    await pods.drop('web.yaml', withPorts('web', { containerPort: 80, hostPort: 8080 }));
    await pods.podWhere('ready', isReady);
    const before = await rulesOf(host);
    await pods.kill9();
    t.equal(hostPortRules(await rulesOf(host)), hostPortRules(before));
    await pods.start();
    await pods.podWhere('ready', isReady);
    t.equal(hostPortRules(await rulesOf(host)), hostPortRules(before));
    t.not(hostPortRules(before), '');
    const isBack = async () => hostPortRules(await rulesOf(host)) === hostPortRules(before);
    const damage = () => host.run('iptables', '-t', 'nat', '-F', 'BOOTLET-HOSTPORTS');
    const shown = (repairs: number) => async () => {
      const { settings } = (await networkOf(pods)).status;
      const found = settings.find(({ metadata }) => metadata.name === 'host-ports');
      return found?.state === 'settled' && found.repairs === repairs;
    };
    await until(shown(0), { what: 'a setting that is shown' });
    await damage();
    await until(isBack, { what: 'the rules are back' });
    await until(shown(1), { what: 'a repair that is shown' });
    await pods.kill9();
    await damage();
    const plan = await host.run(...bootletProgram(), 'plan', '--config', pods.configFile);
    t.match(plan, /^host-ports\n {2}iptables\S* rules of host-ports\n {4}\+ .*BOOTLET-HOSTPORTS.* --dport 8080 /m);
    await pods.start();
    await until(isBack, { what: 'the rules are back after a start' });
  });
}

const hostPortRules = (saved: string): string =>
  saved
    .split('\n')
    .filter((line) => line.startsWith('-A') && line.includes('HOSTPORTS'))
    .join('\n');

test('a pod whose port a process of the host has says who has it, and starts when it is free', { skip }, async (t) => {
  const { host, pods } = await podHost(t);
  const squatter = startChild([process.execPath, ECHO, 'serve', '8080'], { netns: host.netns });
  t.teardown(() => squatter.end('SIGKILL'));
  await squatter.line(/serving/, 20_000);
  await pods.drop('web.yaml', withPorts('web', { containerPort: 80, hostPort: 8080 }));
  const refused = await pods.podWhere('refused', (pod) => reasonOf(pod) === 'HostPortConflict');
  const message = refused.status?.conditions?.find(({ reason }) => reason === 'HostPortConflict')?.message;
  t.match(message, /^hostPort 8080\/TCP is taken by \S+ \(pid \d+\)/);
  t.ok((await pods.events()).some(({ reason }) => reason === 'HostPortConflict'));
  t.equal((await pods.status())?.state?.running, undefined, 'nothing runs');
  await squatter.end('SIGKILL');
  await pods.podWhere('ready', isReady);
});

const reasonOf = (pod: Awaited<ReturnType<PodHost['pod']>>): string | undefined =>
  pod?.status?.conditions?.find(({ type }) => type === 'PodReadyToStartContainers')?.reason;

test('a pod waits for the pod network and says so; one in the host’s network does not', { skip }, async (t) => {
  const subnetFile = join(t.testdir(), 'subnet.env');
  const { pods } = await newPodHost(t, { network: { podCIDRs: [], flannel: { subnetFile } } });
  await pods.drop('web.yaml', manifest({ spec: { hostNetwork: false } }));
  await pods.drop('plane.yaml', manifest({ name: 'plane' }));
  await pods.podWhere('ready', isReady, 'plane');
  const waiting = await pods.podWhere('waiting', (pod) => reasonOf(pod) === 'NetworkNotReady');
  t.equal(waiting.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'ContainerCreating');
  t.ok((await pods.events()).some(({ message }) => message.startsWith('network is not ready: ')));
  await writeFile(
    subnetFile,
    'FLANNEL_NETWORK=10.22.0.0/16\nFLANNEL_SUBNET=10.22.3.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n',
  );
  await pods.podWhere('ready', isReady);
});

test('pods whose host ports Docker published get new sandboxes one by one, and others keep theirs', {
  skip,
}, async (t) => {
  const { pods } = await newPodHost(t);
  await pods.drop('plain.yaml', withPorts('plain'));
  await pods.podWhere('ready', isReady, 'plain');
  await pods.stop();
  // Without it nobody knows that the network is bootlet's, and Docker publishes ports on it.
  const { paths } = JSON.parse(await readFile(pods.configFile, 'utf8')) as {
    readonly paths: { readonly state: string };
  };
  const ledger = join(paths.state, 'ledger.json');
  await rename(ledger, `${ledger}.aside`);
  await configure(pods.configFile, { manage: false });
  await pods.start();
  for (const port of [1, 2]) {
    await pods.drop(`web${port}.yaml`, withPorts(`web${port}`, { containerPort: 80, hostPort: 8080 + port }));
    await pods.podWhere('ready', isReady, `web${port}`);
  }
  const sandboxes = async () =>
    (await pods.containers()).filter(({ name, state }) => name === 'POD' && state === 'running');
  const before = (await sandboxes()).map(({ id }) => id);
  await pods.stop();
  await rename(`${ledger}.aside`, ledger);
  await configure(pods.configFile, { manage: true });
  await pods.start();
  let least = before.length;
  await until(
    async () => {
      const now = await sandboxes();
      least = Math.min(least, now.length);
      return now.length === before.length && now.filter(({ id }) => before.includes(id)).length === 1;
    },
    { what: 'two new sandboxes beside one old', every: 50 },
  );
  t.ok(least >= before.length - 1, 'never two at once');
  for (const port of [1, 2]) await pods.podWhere('ready', isReady, `web${port}`);
  const reasons = (await pods.events()).filter(({ message }) => message.includes('published by the container runtime'));
  t.equal(reasons.length, 2, 'why is told of each');
});

test('a reset takes the rules back although pods run on', { skip }, async (t) => {
  const { host, pods } = await newPodHost(t);
  await pods.drop('web.yaml', withPorts('web', { containerPort: 80, hostPort: 8080 }));
  await pods.podWhere('ready', isReady);
  await pods.stop();
  t.not(hostPortRules(await rulesOf(host)), '');
  await host.run(...bootletProgram(), 'reset', '--network', '--yes', '--config', pods.configFile);
  t.notMatch(await rulesOf(host), /BOOTLET-(HOSTPORTS|LOOPBACK)/);
});

test('after a change of the range pods have new addresses, and their ports lead to them', { skip }, async (t) => {
  const { host, pods } = await newPodHost(t);
  for (const port of [1, 2]) {
    await pods.drop(`web${port}.yaml`, withPorts(`web${port}`, { containerPort: 80, hostPort: 8080 + port }));
    await pods.podWhere('ready', isReady, `web${port}`);
  }
  await pods.stop();
  await configure(pods.configFile, { podCIDRs: ['10.22.4.0/24', 'fd00:22:4::/64'] });
  await pods.start();
  for (const port of [1, 2]) {
    const isThere = (ip = ''): boolean => ip.startsWith('10.22.4.');
    await pods.podWhere('renumbered', (pod) => isReady(pod) && isThere(pod.status?.podIP), `web${port}`);
  }
  const isRenumbered = async () => {
    const rules = hostPortRules(await rulesOf(host));
    return rules.includes('10.22.4.') && !rules.includes('10.22.3.');
  };
  await until(isRenumbered, { what: 'ports lead to the new addresses' });
});

test('who keeps sending UDP reaches a new pod as soon as it has the port', { skip }, async (t) => {
  const { host, pods } = await podHost(t);
  const { ipv4 } = host.addresses;
  const outside = inside(`/run/netns/${host.lan.netns}`);
  const fromOnePort = ['ask', 'udp', ipv4, '8053', '7777'];
  // With the first rules the kernel begins to remember.
  await pods.drop('first.yaml', withPorts('first', { containerPort: 80, hostPort: 8080 }));
  await pods.podWhere('ready', isReady, 'first');
  await pods.take('first.yaml');
  await pods.podGone('first');
  // Nobody answers yet; the kernel remembers that these datagrams are for the host itself.
  await t.rejects(outside(process.execPath, ECHO, ...fromOnePort));
  await pods.drop('web.yaml', withPorts('web', { containerPort: 80, hostPort: 8053, protocol: 'UDP' }));
  await pods.podWhere('ready', isReady);
  await serveIn(t, pods);
  t.equal(await outside(process.execPath, ECHO, ...fromOnePort), `${host.lan.addresses.ipv4} 7777`);
});

const configure = async (file: string, network: Readonly<Record<string, unknown>>): Promise<void> => {
  const config = JSON.parse(await readFile(file, 'utf8')) as { readonly network: object };
  await writeFile(file, JSON.stringify({ ...config, network: { ...config.network, ...network } }));
};
