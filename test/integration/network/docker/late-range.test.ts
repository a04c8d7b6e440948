import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { labImages } from '../../../lab/images.ts';
import { type Host, newHost, pathsOf, startHostDocker } from '../../../lab/network/host.ts';
import { networkSettled } from '../../../lab/network/settled.ts';
import { until } from '../../../lab/until.ts';
import { dumpHost } from '../../../support/host-dump.ts';
import { isReady, manifest, type PodHost, shell, startPodHost } from '../../../support/pod-host.ts';
import { missing } from '../../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl', 'busybox');

const subnetFile = (host: Host): string => join(host.dir, 'run/flannel/subnet.env');

/** The host gets a range, or another one, as flanneld tells it. */
const give = async (host: Host, subnet: string): Promise<void> => {
  const file = subnetFile(host);
  await mkdir(join(file, '..'), { recursive: true });
  const lines = [
    'FLANNEL_NETWORK=10.244.0.0/16',
    `FLANNEL_SUBNET=${subnet}`,
    'FLANNEL_MTU=1450',
    'FLANNEL_IPMASQ=false',
  ];
  await writeFile(`${file}.new`, `${lines.join('\n')}\n`);
  await rename(`${file}.new`, file);
};

const SERVE =
  "mkdir -p /www; echo it works > /www/index.html; trap 'exit 0' TERM; httpd -p 80 -h /www; while true; do sleep 1; done";

const web = (name: string, hostPort: number): string =>
  manifest({
    name,
    spec: { hostNetwork: false },
    container: { command: shell(SERVE), ports: [{ containerPort: 80, hostPort }] },
  });

const servedFrom = async (pods: PodHost, name: string, range: RegExp): Promise<string> => {
  const ready = await pods.podWhere(
    `${name} in ${range}`,
    (p) => isReady(p) && range.test(p.status?.podIP ?? ''),
    name,
  );
  return ready.status?.podIP ?? '';
};

/** What it serves, asked for from the host, or from within a network namespace. */
const served = async (host: Host, address: string, port: number, within: readonly string[] = []): Promise<string> => {
  const asked = ['busybox', 'nc', '-w', '2', address, String(port)];
  const [program, ...args] = [...within, ...asked];
  return (await host.tryRun(program ?? '', args, { input: 'GET / HTTP/1.0\r\n\r\n' })).stdout;
};

const serves = (host: Host, address: string, port: number) =>
  until(async () => (await served(host, address, port)).includes('it works'), { what: `${address} ${port} is served` });

test('a range that comes while a control plane runs on the host itself ends nothing of it', { skip }, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host, { 'log-driver': 'json-file', 'ip-forward': false });
  await docker.engine.load(await labImages());
  const before = await dumpHost(host);
  const pods = await startPodHost(t, docker, {
    paths: pathsOf(host),
    config: {
      nodeIPs: [host.addresses.ipv4],
      network: {
        manage: true,
        pollSeconds: 1,
        flannel: { subnetFile: subnetFile(host) },
        docker: { configFile: docker.configFile, restart: docker.restartCommand },
      },
    },
  });
  await pods.drop('control.json', manifest({ name: 'control' }));
  await pods.podWhere('the control plane runs', isReady, 'control');
  const control = await pods.containers();
  const goesOn = async (when: string) => {
    const now = await pods.containers();
    const kept = control.map(({ id }) => now.find((entry) => entry.id === id));
    t.same(kept, control, `${when} no container of the control plane was started anew`);
  };
  await pods.drop('one.json', web('one', 8081));
  await pods.drop('two.json', web('two', 8082));
  await pods.podWhere('pods wait for the network', (p) => /NetworkNotReady/.test(JSON.stringify(p.status)), 'two');

  const first = docker.pid();
  await give(host, '10.244.7.1/24');
  const [one, two] = [await servedFrom(pods, 'one', /^10\.244\.7\./), await servedFrom(pods, 'two', /^10\.244\.7\./)];
  await networkSettled(pods);
  await goesOn('with a range');
  t.not(docker.pid(), first, 'Docker was started anew for its options');

  t.comment('pods reach each other, and are reached by their host ports');
  await serves(host, one, 80);
  await serves(host, host.addresses.ipv4, 8082);
  const ofOne = (await pods.status('one'))?.containerID?.replace('docker://', '') ?? '';
  const { State } = (await docker.engine.call('GET', `/containers/${ofOne}/json`)) as {
    readonly State: { Pid: number };
  };
  t.match(await served(host, two, 80, ['nsenter', '--net', `--target=${State.Pid}`]), 'it works');
  t.match(await pods.cli('plan', '--check', '--config', pods.configFile), { code: 0 }, 'nothing is left to do');

  await docker.restart();
  await networkSettled(pods);
  await serves(host, one, 80);
  await goesOn('after a restart of Docker by somebody else');

  await give(host, '10.244.9.1/24');
  await servedFrom(pods, 'two', /^10\.244\.9\./);
  await serves(host, await servedFrom(pods, 'one', /^10\.244\.9\./), 80);
  await serves(host, host.addresses.ipv4, 8081);
  await networkSettled(pods);
  await goesOn('with another range');

  await pods.stop();
  const reset = await pods.cli('reset', '--yes', '--config', pods.configFile);
  t.equal(reset.code, 0, reset.stdout + reset.stderr);
  const after = await dumpHost(host);
  for (const [section, text] of Object.entries(before)) {
    t.equal(after[section as keyof typeof after], text, `${section} are as they were`);
  }
});
