import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { newHost, POD_CIDRS, startHostBootlet, startHostDocker } from '../../lab/network/host.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl', 'busybox');

/** A host whose daemon leaves the network alone, and what the command line says of other configurations. */
const aHost = async (t: Test) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host, {});
  const bootlet = await startHostBootlet(t, host, docker, { network: { manage: false } });
  const configured = JSON.parse(await readFile(bootlet.configFile, 'utf8'));
  const withNetwork = async (network: Readonly<Record<string, unknown>>): Promise<string> => {
    const file = join(bootlet.dir, 'planned.yaml');
    await writeFile(
      file,
      JSON.stringify({ ...configured, network: { ...configured.network, manage: true, ...network } }),
    );
    return file;
  };
  return { host, docker, bootlet, withNetwork };
};

test('a plan shows what would be made, and touches nothing', { skip }, async (t) => {
  const { host, bootlet, withNetwork } = await aHost(t);
  const before = await dumpHost(host);
  const config = await withNetwork({ podCIDRs: [POD_CIDRS.ipv4] });
  const { code, stdout } = await bootlet.cli('plan', '--check', '--config', config);
  t.equal(code, 7);
  t.match(stdout, /^bridge\n {2}link cbr0\n( {4}\+ .*\n)+/m);
  t.match(stdout, /^10\.22\.3\.0\/24 on cbr0: \d+ to make/m);
  const json = JSON.parse((await bootlet.cli('network', 'plan', '-o', 'json', '--config', config)).stdout);
  t.match(json, { kind: 'Plan', spec: { bridge: { name: 'cbr0' } } });
  t.match(json.settings.find(({ name }: { name: string }) => name === 'bridge')?.changes[0], { object: 'link cbr0' });
  t.match(await bootlet.cli('preflight', '--config', config), { code: 0, stdout: /\d+ changes to the host's network/ });
  t.same(await dumpHost(host), before);
});

test('what the host does not allow is refused by plan and preflight, with the way out', { skip }, async (t) => {
  const { bootlet, withNetwork } = await aHost(t);
  const config = await withNetwork({ podCIDRs: [POD_CIDRS.ipv4], bridge: { name: 'eth0' } });
  for (const command of ['plan', 'preflight']) {
    const { code, stdout, stderr } = await bootlet.cli(command, '--config', config);
    t.equal(code, 6, command);
    t.match(stdout + stderr, /E_NETWORK_REFUSED\)\n *hint: /);
  }
});

test('the network is shown with each setting, as text, as objects and as metrics', { skip }, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host, {});
  const bootlet = await startHostBootlet(t, host, docker);
  t.equal((await bootlet.cli('status', '--wait', '60')).code, 0);
  const { stdout } = await bootlet.cli('network', 'show');
  t.match(stdout, /^Ranges: +10\.22\.3\.0\/24 \(gateway 10\.22\.3\.1\)$/m);
  t.match(stdout, /^Bridge: +cbr0 \(MTU 1500, /m);
  t.match(stdout, /^✓ NetworkConfigured=True /m);
  t.match(stdout, /^bridge +settled +0 +\d+s/m);
  t.match(await bootlet.cli('network', 'show', '-o', 'name'), { stdout: /^hostsetting\/bridge$/m });
  const shown = JSON.parse((await bootlet.cli('network', 'show', '-o', 'json')).stdout);
  t.match(shown, { kind: 'Network', status: { pods: { state: 'ready', podCIDRs: [POD_CIDRS.ipv4] } } });
  t.match(await bootlet.api('/apis/bootlet.io/v1alpha1/hostsettings?fieldSelector=metadata.name%3Dbridge'), {
    status: 200,
    body: { kind: 'HostSettingList', items: [{ kind: 'HostSetting', state: 'settled' }] },
  });
  t.match((await bootlet.api('/metrics')).body, /^bootlet_host_settings\{state="settled"\} \d+$/m);
});
