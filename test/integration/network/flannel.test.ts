import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { newHost, startHostBootlet, startHostDocker } from '../../lab/network/host.ts';
import { until } from '../../lab/until.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'nft', 'sysctl');

test("a host with flannel has the bridge that flannel's file asks for, and follows it", { skip }, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host);
  const folder = join(host.dir, 'run/flannel');
  const subnetFile = join(folder, 'subnet.env');
  const bootlet = await startHostBootlet(t, host, docker, {
    podCIDRs: [],
    network: { flannel: { subnetFile }, docker: { manage: false } },
  });
  /** As flanneld does it: written beside and renamed. */
  const write = async (subnet: string, mtu: number, masquerades: boolean): Promise<void> => {
    const network = 'FLANNEL_NETWORK=10.244.0.0/16';
    const text = `${network}\nFLANNEL_SUBNET=${subnet}\nFLANNEL_MTU=${mtu}\nFLANNEL_IPMASQ=${masquerades}\n`;
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/.subnet.env`, text);
    await rename(`${folder}/.subnet.env`, subnetFile);
  };
  const bridge = async (): Promise<string> => (await host.tryRun('ip', ['address', 'show', 'dev', 'cbr0'])).stdout;
  const bridgeHas = (what: RegExp) => until(async () => what.test(await bridge()), { what: String(what) });
  const masquerades = async (): Promise<boolean> =>
    /-A BOOTLET-MASQUERADE .*-j MASQUERADE/.test(await host.run('iptables', '-t', 'nat', '-S'));

  const waiting = await until(
    async () => (await bootlet.cli('status')).stdout.match(/there is no \S+subnet\.env yet.*/),
    {
      what: 'it waits',
    },
  );
  t.ok(waiting);
  t.equal(await bridge(), '', 'nothing is touched until then');

  await write('10.244.7.1/24', 1450, false);
  await bridgeHas(/mtu 1450 [^]*inet 10\.244\.7\.1\/24/);
  await until(masquerades, { what: 'bootlet masquerades where flannel does not' });

  await write('10.244.9.1/24', 1400, true);
  await bridgeHas(/mtu 1400 [^]*inet 10\.244\.9\.1\/24/);
  await until(async () => !(await masquerades()), { what: 'flannel masquerades' });
  t.notMatch(await bridge(), /10\.244\.7\.1/);

  await rm(folder, { recursive: true });
  await until(async () => /what it said before still holds/.test((await bootlet.cli('status')).stdout), {
    what: 'it is told that the file is gone',
  });
  t.match(await bridge(), /inet 10\.244\.9\.1\/24/);
});
