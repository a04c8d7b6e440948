import { test } from 'tap';
import { newHost, startHostBootlet, startHostDocker } from '../../../lab/network/host.ts';
import { networkSettled } from '../../../lab/network/settled.ts';
import { until } from '../../../lab/until.ts';
import { missing } from '../../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'nft', 'sysctl');

test('the daemon puts Docker on its bridge, and hears of what is changed in daemon.json', { skip }, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host);
  const bootlet = await startHostBootlet(t, host, docker);
  await networkSettled(bootlet);
  t.match(await docker.engine.call('GET', '/networks/bridge'), {
    Options: { 'com.docker.network.bridge.name': 'cbr0' },
    IPAM: { Config: [{ Gateway: '10.22.3.1' }] },
  });

  const pid = docker.pid();
  const read = () => host.run('cat', docker.configFile);
  const file = await read();
  await host.run('sed', '-i', 's/"iptables": false/"iptables": true/', docker.configFile);
  t.not(await read(), file);
  await until(async () => (await read()) === file, { what: 'the key is put back' });
  t.equal(docker.pid(), pid, 'which dockerd had not read, and need not be restarted for');

  t.test('a restart of dockerd by somebody else is looked at, and changes nothing', async (t) => {
    await docker.restart();
    await networkSettled(bootlet);
    t.equal(await read(), file);
  });

  t.test('a reset takes the file away that bootlet made', async (t) => {
    await bootlet.stop();
    const { code, stderr } = await bootlet.cli('reset', '--network', '--yes', '--config', bootlet.configFile);
    t.equal(code, 0, stderr);
    t.equal((await host.tryRun('test', ['-e', docker.configFile])).code, 1);
    t.match(await docker.engine.call('GET', '/networks/bridge'), {
      Options: { 'com.docker.network.bridge.name': 'docker0' },
    });
  });
});
