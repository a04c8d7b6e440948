import { type Test, test } from 'tap';
import type { Check } from '../../../daemon/network/verify/check.ts';
import { startChild } from '../../lab/child.ts';
import { newHost, POD_CIDRS, startHostBootlet, startHostDocker } from '../../lab/network/host.ts';
import { bootletProgram } from '../../lab/program.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'iptables-legacy', 'sysctl', 'busybox');

/** A host whose pods have Docker's own network, and another host of the same LAN that is a far end. */
const aHost = async (t: Test, options: Readonly<Record<string, unknown>> = {}) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host, { mtu: 1500, ...options });
  const bootlet = await startHostBootlet(t, host, docker, { network: { manage: false } });
  await bootlet.stop();
  const verify = async (...args: string[]) => {
    const { code, stdout, stderr } = await bootlet.cli(
      'network',
      'verify',
      '--config',
      bootlet.configFile,
      ...args,
      '-o',
      'json',
    );
    t.equal(stderr, '');
    const { checks }: { checks: readonly Check[] } = JSON.parse(stdout);
    const of = (name: string) => checks.find((check) => check.name === name);
    return { code, checks, of };
  };
  return { host, docker, bootlet, verify };
};

const aFarEnd = async (t: Test, host: Awaited<ReturnType<typeof newHost>>): Promise<string> => {
  const far = await newHost(t, { lan: host.lan });
  const child = startChild([...bootletProgram(), 'network', 'verify', '--listen', '7000'], far);
  t.teardown(() => child.end('SIGKILL'));
  await child.line(/listening on port/, 30_000);
  return `${far.addresses.ipv4}:7000`;
};

test('packets go every way, and outside with the source address that is seen there', { skip }, async (t) => {
  const { host, docker, bootlet, verify } = await aHost(t);
  const { code, checks, of } = await verify('--to', await aFarEnd(t, host));
  t.same(
    checks.map(({ name, result }) => `${name}: ${result}`),
    [
      'pod → host: passed',
      'host → pod: passed',
      'pod → pod: passed',
      'pod → outside: passed',
      'pod → host, MTU: passed',
      'pod → pod, MTU: passed',
      'pod → outside, MTU: passed',
      'larger than the MTU: passed',
    ],
  );
  t.equal(code, 0);
  t.match(of('pod → outside'), { seen: host.addresses.ipv4, message: 'masqueraded' });
  t.match(of('pod → pod'), { seen: of('pod → pod')?.from });
  t.same(await docker.engine.list(), [], 'nothing is left of it');
  t.same(await docker.engine.call('GET', '/images/json'), [], 'nor of its image');

  const text = await bootlet.cli('network', 'verify', '--config', bootlet.configFile);
  t.equal(text.code, 0, 'a default gateway that says nothing is no failure');
  t.match(text.stdout, /^✓ pod → host +ipv4 +172\.\S+ → 172\.17\.0\.1 +seen as 172\./m);
});

test('packets go every way in each family that pods have', { skip }, async (t) => {
  const { verify } = await aHost(t, { ipv6: true, 'fixed-cidr-v6': 'fd00:17::/64' });
  const { code, checks } = await verify();
  t.same(
    checks.filter(({ family }) => family === 'ipv6').map(({ name, result }) => `${name}: ${result}`),
    [
      'pod → host: passed',
      'host → pod: passed',
      'pod → pod: passed',
      'pod → outside: skipped',
      'pod → host, MTU: passed',
      'pod → pod, MTU: passed',
      'larger than the MTU: passed',
    ],
  );
  t.equal(code, 0);
});

test('packets go every way on the network that bootlet makes, and outside masqueraded', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  const docker = await startHostDocker(t, host, {});
  const podCIDRs = [POD_CIDRS.ipv4, POD_CIDRS.ipv6];
  const bootlet = await startHostBootlet(t, host, docker, { podCIDRs });
  t.equal((await bootlet.cli('status', '--wait', '60')).code, 0);
  const to = await aFarEnd(t, host);
  const { code, stdout, stderr } = await bootlet.cli('network', 'verify', '--config', bootlet.configFile, '--to', to);
  t.equal(code, 0, stdout + stderr);
  t.match(stdout, /^✓ pod address +ipv4 +10\.22\.3\.\d+ → 10\.22\.3\.0\/24 /m);
  t.match(stdout, /^✓ pod → host +ipv4 +10\.22\.3\.\d+ → 10\.22\.3\.1 /m);
  t.match(stdout, /^✓ pod → pod +ipv6 +fd00:22:3::/m);
  t.match(stdout, new RegExp(`^✓ pod → outside +ipv4 .*seen as ${host.addresses.ipv4}; masqueraded`, 'm'));
});

test('what keeps packets from going is found', { skip }, async (t) => {
  const { host, verify } = await aHost(t);

  await t.test('a firewall that drops what pods send to the host', async (t) => {
    const rule = ['INPUT', '-i', 'docker0', '-p', 'tcp', '--syn', '-j', 'DROP'];
    await host.run('iptables', '-I', ...rule);
    const { code, of } = await verify();
    t.equal(code, 1);
    t.match(of('pod → host'), { result: 'failed', message: /does a firewall drop it/ });
    t.match(of('pod → pod'), { result: 'passed' });
    await host.run('iptables', '-D', ...rule);
  });

  await t.test('a way outside that carries less than pods send, with what it carries', async (t) => {
    const far = await aFarEnd(t, host);
    await host.run('ip', 'link', 'set', 'eth0', 'mtu', '1400');
    const { code, of } = await verify('--to', far);
    t.equal(code, 1);
    t.match(of('pod → outside'), { result: 'passed' });
    t.match(of('pod → outside, MTU'), { result: 'failed', message: /at most 1400 bytes/ });
    t.match(of('pod → pod, MTU'), { result: 'passed' });
  });
});

test('what a run that was killed left is removed by the next, and an interrupted one leaves nothing', {
  skip,
}, async (t) => {
  const { host, docker, bootlet, verify } = await aHost(t);
  const start = () => {
    const argv = [...bootletProgram(), 'network', 'verify', '--config', bootlet.configFile];
    return startChild(argv, { ...host, env: host.env });
  };
  const interrupted = start();
  await interrupted.line(/pod → host/, 30_000);
  await interrupted.end('SIGINT');
  t.same(await docker.engine.list(), []);
  const killed = start();
  await killed.line(/pod → host/, 30_000);
  await killed.end('SIGKILL');
  t.equal((await docker.engine.list()).length, 2);
  t.equal((await verify()).code, 0);
  t.same(await docker.engine.list(), []);
});
