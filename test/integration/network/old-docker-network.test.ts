import { type Test, test } from 'tap';
import { Iptables } from '../../../daemon/host/iptables/iptables.ts';
import { oldDockerNetworkSetting } from '../../../daemon/network/old-docker/old-docker-network.ts';
import type { Dockerd } from '../../lab/dockerd.ts';
import { newHost, startHostDocker } from '../../lab/network/host.ts';
import { keptSetting } from '../../lab/network/kept-setting.ts';
import { aNetworkSpec } from '../../support/network-builders.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'unshare', 'setpriv', 'ip', 'nft', 'iptables-legacy', 'iptables-nft');

const SPEC = aNetworkSpec();

/** A host whose Docker had its own network, and was then given another bridge and no packet filter. */
const aHost = async (t: Test, backEnd: 'nft' | 'legacy', before: (docker: Dockerd) => Promise<void>) => {
  const host = await newHost(t, { backEnd });
  const docker = await startHostDocker(t, host, {});
  await before(docker);
  let bridge: string | undefined = 'cbr0';
  const activeBridge = async () => bridge;
  const iptables = new Iptables(host.tools);
  const setting = await keptSetting(
    host,
    oldDockerNetworkSetting({ run: host.tools, iptables, activeBridge, isWanted: true }),
  );
  const saved = () => host.run(`iptables-${backEnd}-save`);
  return { host, docker, setting, saved, becomes: (name: string) => (bridge = name) };
};

/** A network that a user made. */
const userNetwork = async ({ engine }: Dockerd): Promise<void> => {
  const options = { 'com.docker.network.bridge.name': 'br-mine' };
  await engine.call('POST', '/networks/create', { Name: 'mine', Options: options });
};

for (const backEnd of ['nft', 'legacy'] as const) {
  test(`${backEnd}: docker0 and all that dockerd wrote go, and what others wrote stays`, { skip }, async (t) => {
    const { host, docker, setting, saved } = await aHost(t, backEnd, async () => undefined);
    await docker.stop();
    await host.run(`iptables-${backEnd}`, '-w', '-A', 'FORWARD', '-i', 'docker0', '-o', 'eth1', '-j', 'DROP');
    t.match(await saved(), /-s 172\.\d+\.0\.0\/16 ! -o docker0 -j MASQUERADE/);
    await setting.keep(SPEC);
    t.same(
      (await saved()).split('\n').filter((line) => /docker/i.test(line)),
      ['-A FORWARD -i docker0 -o eth1 -j DROP'],
    );
    t.notMatch(await host.run('ip', 'link'), 'docker0');
    t.same(await setting.plan(SPEC), []);
    await setting.keep(undefined);
    t.ok(setting.ledger.isEmpty, 'a dockerd with its former options makes it again');
  });

  test(`${backEnd}: a network that a user made keeps every rule`, { skip }, async (t) => {
    const { docker, setting, saved } = await aHost(t, backEnd, userNetwork);
    await docker.stop();
    const mine = async () => (await saved()).split('\n').filter((line) => line.includes('br-mine'));
    const before = await mine();
    t.ok(before.length >= 5);
    await setting.keep(SPEC);
    t.same(await mine(), before);
    t.notMatch(await saved(), 'docker0');
    t.match(await saved(), '--dst-type LOCAL -j DOCKER');
  });
}

test('nothing is touched while Docker or its containers use it, which is told', { skip }, async (t) => {
  const { host, setting, saved, becomes } = await aHost(t, 'nft', async () => undefined);
  const before = await saved();
  becomes('docker0');
  t.match((await setting.plan(SPEC))[0], { advice: /Docker's own network is still on docker0/ });
  await setting.keep(SPEC);
  becomes('cbr0');
  await host.run('ip', 'link', 'add', 'veth1', 'master', 'docker0', 'type', 'veth', 'peer', 'veth2');
  t.match((await setting.plan(SPEC))[0], { advice: /containers are still on docker0 \(veth1\)/ });
  await setting.keep(SPEC);
  t.equal(strip(await saved()), strip(before));
  t.match(await host.run('ip', 'link'), 'docker0');
});

for (const backEnd of ['nft', 'legacy'] as const) {
  test(`${backEnd}: a chain that rules of others lead to stays, which is told`, { skip }, async (t) => {
    const host = await newHost(t, { backEnd });
    const iptables = (...args: string[]) => host.run(`iptables-${backEnd}`, '-w', ...args);
    for (const chain of ['DOCKER', 'DOCKER-USER', 'MINE']) await iptables('-N', chain);
    await iptables('-A', 'FORWARD', '-j', 'DOCKER-USER');
    await iptables('-A', 'FORWARD', '-o', 'docker0', '-j', 'DOCKER');
    await iptables('-A', 'MINE', '-s', '10.9.9.9', '-j', 'DOCKER');
    const setting = await keptSetting(
      host,
      oldDockerNetworkSetting({
        run: host.tools,
        iptables: new Iptables(host.tools),
        activeBridge: async () => 'cbr0',
        isWanted: true,
      }),
    );
    await setting.keep(SPEC);
    const rules = (await iptables('-S')).split('\n');
    t.same(
      rules.filter((line) => /DOCKER|MINE/.test(line)),
      ['-N DOCKER', '-N MINE', '-A MINE -s 10.9.9.9/32 -j DOCKER'],
    );
    t.same(await setting.plan(SPEC), []);
  });
}

for (const bridge of ['cbr0', 'docker0']) {
  test(`on ${bridge} of pods nothing keeps others from them any more, by rules as of dockerd 28`, {
    skip,
  }, async (t) => {
    const host = await newHost(t);
    const iptables = (...args: string[]) => host.run('iptables', '-w', ...args);
    for (const chain of ['DOCKER', 'DOCKER-BRIDGE', 'DOCKER-FORWARD']) await iptables('-N', chain);
    await iptables('-A', 'FORWARD', '-j', 'DOCKER-FORWARD');
    await iptables('-A', 'DOCKER-FORWARD', '-j', 'DOCKER-BRIDGE');
    await iptables('-A', 'DOCKER-BRIDGE', '-o', bridge, '-j', 'DOCKER');
    for (const name of [bridge, 'br-mine']) {
      await iptables('-A', 'DOCKER', '!', '-i', name, '-o', name, '-j', 'DROP');
    }
    const setting = await keptSetting(
      host,
      oldDockerNetworkSetting({
        run: host.tools,
        iptables: new Iptables(host.tools),
        activeBridge: async () => bridge,
        isWanted: true,
      }),
    );
    const spec = { ...SPEC, bridge: { ...SPEC.bridge, name: bridge } };
    await setting.keep(spec);
    t.match(await iptables('-S', 'DOCKER'), /^-N DOCKER\n-A DOCKER ! -i br-mine -o br-mine -j DROP$/m);
    t.match(await iptables('-S', 'DOCKER-BRIDGE'), `-o ${bridge} -j DOCKER`);
    t.same(await setting.plan(spec), []);
    await setting.keep(undefined);
    t.ok(setting.ledger.isEmpty);
  });
}

/** Without times and counters. */
const strip = (saved: string): string => saved.replace(/^#.*$|\[\d+:\d+\]/gm, '');
