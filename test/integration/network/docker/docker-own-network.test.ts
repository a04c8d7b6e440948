import { type Test, test } from 'tap';
import { missing } from '../../../support/requires.ts';
import { type DockerOnHost, dockerOnHost, specFor } from './docker-on-host.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'sysctl', 'busybox', 'tar');
const spec = specFor('10.22.3.0/24');

interface Listed {
  readonly Name: string;
  readonly IPAM: { readonly Config: readonly { readonly Gateway: string }[] };
  readonly Options: Readonly<Record<string, string>>;
}

/** `NAME BRIDGE GATEWAY` of the networks that users have made. */
const userNetworks = async ({ docker }: DockerOnHost): Promise<readonly string[]> => {
  const listed = (await docker.engine.call('GET', '/networks')) as readonly Listed[];
  return listed
    .filter(({ Name }) => !['bridge', 'host', 'none'].includes(Name))
    .map(
      ({ Name, Options, IPAM }) => `${Name} ${Options['com.docker.network.bridge.name']} ${IPAM.Config[0]?.Gateway}`,
    );
};

/** Pid of its first process, by which it is known not to have been started anew; 0: it does not run. */
const pidOf = async ({ docker }: DockerOnHost, id: string): Promise<number> => {
  const { State } = (await docker.engine.call('GET', `/containers/${id}/json`)) as {
    readonly State: { readonly Pid: number };
  };
  return State.Pid;
};

/** Its addresses on its networks; of one that does not run, empty text for each. */
const addressesOf = async ({ docker }: DockerOnHost, id: string): Promise<readonly string[]> => {
  const { NetworkSettings } = (await docker.engine.call('GET', `/containers/${id}/json`)) as {
    readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
  };
  return Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
};

const remove = async ({ docker }: DockerOnHost, ids: readonly string[]): Promise<void> => {
  for (const id of ids) await docker.engine.call('DELETE', `/containers/${id}?force=true`);
};

/** A network that is on no bridge, and that nobody is on. */
const macvlan = async ({ docker }: DockerOnHost, name: string, subnet: string): Promise<void> => {
  const body = { Name: name, Driver: 'macvlan', Options: { parent: 'eth0' }, IPAM: { Config: [{ Subnet: subnet }] } };
  await docker.engine.call('POST', '/networks/create', body);
};

test('beside what runs, Docker gets a network of bootlet’s on the bridge, and ends nothing', { skip }, async (t) => {
  const on = await dockerOnHost(t, { debug: false });
  const foreign = await on.file();
  const first = await on.container();
  const pid = await pidOf(on, first);

  await t.test('a network by its name is in the way, whatever its driver', async (t) => {
    await macvlan(on, 'bootlet', '10.98.0.0/24');
    await t.rejects(on.settle(spec), { code: 'E_NETWORK_REFUSED', message: /network bootlet of the driver macvlan/ });
    await on.docker.engine.call('DELETE', '/networks/bootlet');
  });

  t.test('its other options are in force by a restart that containers live through', async (t) => {
    const before = on.docker.pid();
    t.same(await on.settle(spec), []);
    t.not(on.docker.pid(), before);
    t.equal(await pidOf(on, first), pid);
    t.same(await userNetworks(on), ['bootlet cbr0 10.22.3.1']);
    const file = JSON.parse((await on.file()) ?? '');
    t.match(file, { iptables: false, 'userland-proxy': false, 'live-restore': true });
    t.notOk('bridge' in file, 'which would keep dockerd from starting beside that network');
  });

  t.test('a second look, and that of another daemon, finds nothing to do', async (t) => {
    t.same(await on.plan(spec), []);
    on.configure({});
    t.same(await on.plan(spec), []);
  });

  await t.test('the bridge keeps its MAC, its MTU and its addresses', async (t) => {
    const shown = () => on.host.run('ip', '-j', '-d', 'address', 'show', 'cbr0');
    const identity = (text: string) =>
      JSON.stringify(JSON.parse(text).map((l: { address: string; mtu: number }) => [l.address, l.mtu]));
    const before = identity(await shown());
    await on.docker.restart();
    t.equal(identity(await shown()), before);
    t.match(await shown(), '10.22.3.1');
    t.equal(await pidOf(on, first), pid);
    t.same(await on.plan(spec), [], 'nor is anything to do after that restart');
  });

  const pod = await on.container({
    HostConfig: { NetworkMode: 'bootlet' },
    Labels: { 'io.bootlet.instance': 'lab' },
  });

  t.test('containers on it have addresses of the range, and hairpin', async (t) => {
    t.same(await addressesOf(on, pod), ['10.22.3.2']);
    t.match(await on.host.run('bridge', '-d', 'link'), 'hairpin on');
  });

  t.test('a new range that another network has leaves the one that is there', async (t) => {
    await macvlan(on, 'vlan', '10.22.9.0/24');
    t.match(await on.settle(specFor('10.22.9.0/24')), [{ held: /docker network rm vlan/ }]);
    t.same(await addressesOf(on, pod), ['10.22.3.2']);
    await on.docker.engine.call('DELETE', '/networks/vlan');
  });

  t.test('a new range puts containers of others on the network again, and names them before', async (t) => {
    const joined = { Image: 'lab/busybox:1', HostConfig: { NetworkMode: 'bootlet' } };
    const web = await on.container(joined, 'web');
    const job = await on.container({ ...joined, Cmd: ['true'] }, 'job');
    await on.docker.engine.call('POST', `/containers/${job}/wait`);
    await on.host.run('ip', 'address', 'add', '10.22.9.1/24', 'dev', 'cbr0');
    const webPid = await pidOf(on, web);
    t.match((await on.plan(specFor('10.22.9.0/24')))[0]?.restarts, /also of web, which bootlet did not/);
    t.same(await on.settle(specFor('10.22.9.0/24')), []);
    t.same(await addressesOf(on, web), ['10.22.9.2']);
    t.equal(await pidOf(on, web), webPid);
    await on.docker.engine.call('POST', `/containers/${job}/start`);
    t.same(await addressesOf(on, pod), [], 'its pod gets another sandbox');
    t.same(await on.settle(spec), []);
    t.same(await addressesOf(on, web), ['10.22.3.2']);
    await remove(on, [web, job]);
  });

  t.test('a new range takes only what is on the network off it', async (t) => {
    await on.docker.engine.call('POST', '/networks/bootlet/connect', { Container: pod });
    const dockerd = on.docker.pid();
    const podPid = await pidOf(on, pod);
    t.same(await on.settle(specFor('10.22.9.0/24')), []);
    t.same(await userNetworks(on), ['bootlet cbr0 10.22.9.1']);
    t.same(await addressesOf(on, pod), [], 'its pod gets another sandbox');
    t.same([on.docker.pid(), await pidOf(on, first), await pidOf(on, pod)], [dockerd, pid, podPid]);
    t.same(await on.settle(spec), []);
  });

  t.test('one that somebody has removed is made again', async (t) => {
    await on.docker.engine.call('DELETE', '/networks/bootlet');
    t.same(await on.settle(spec), []);
    t.same(await userNetworks(on), ['bootlet cbr0 10.22.3.1']);
  });

  t.test(
    'a bridge that somebody writes into daemon.json goes again before Docker could be started with both',
    async (t) => {
      await on.put(((await on.file()) ?? '').replace('\n}', ',\n  "bridge": "cbr0"\n}'));
      t.same(await on.settle(spec), []);
      t.notMatch(await on.file(), '"bridge"');
    },
  );

  t.test('an option with which Docker does not start is taken back to a file with which it does', async (t) => {
    on.configure({ options: { 'no-such-option': true } });
    await t.rejects(on.settle(spec), { code: 'E_DOCKER_ROLLED_BACK' });
    on.configure({});
    t.same(await on.settle(spec), []);
    t.equal(await pidOf(on, first), pid);
  });

  t.test('Docker starts with it while nothing runs, also where the bridge is gone', async (t) => {
    await remove(on, [first, pod]);
    await on.docker.stop();
    await on.host.run('ip', 'link', 'delete', 'cbr0');
    await on.docker.start();
    t.same(await userNetworks(on), ['bootlet cbr0 10.22.3.1']);
    t.same(await on.settle(spec), []);
  });

  t.test('a reset leaves neither the network nor a byte of the file', async (t) => {
    t.same(await on.settle(undefined), []);
    t.same(await userNetworks(on), []);
    t.equal(await on.file(), foreign);
    t.match(await on.bridge(), /^docker0 /);
    t.match(await on.host.run('ip', 'link', 'show', 'cbr0'), 'cbr0', 'the bridge is not Docker’s to delete');
  });
});

/** Cuts bootlet and dockerd together at each point of setting up beside a running container, and goes on from there. */
const cutAt = async (t: Test, on: DockerOnHost, cut: string): Promise<void> => {
  const settling = on.settle(spec, (step) => {
    if (step === cut) throw new Error(cut);
  });
  await t.rejects(settling, new Error(cut));
  await on.docker.kill();
  await on.docker.start();
  on.configure({});
  t.same(await on.settle(spec), [], cut);
};

test('dockerd starts, and the rest is made, wherever both were killed before', { skip }, async (t) => {
  const on = await dockerOnHost(t, { 'live-restore': true });
  const id = await on.container();
  const pid = await pidOf(on, id);
  const points: string[] = [];
  await on.settle(spec, (step) => points.push(step));
  t.ok(points.some((point) => point === 'applied docker: docker network bootlet'));
  t.same(await on.settle(undefined), []);
  // live-restore is the administrator's own here, and outlives the reset.
  t.equal(await pidOf(on, id), pid);
  const ofNetwork = points.filter((point) => point.includes('network bootlet') || point === 'applied docker: dockerd');
  for (const point of new Set(ofNetwork)) {
    await cutAt(t, on, point);
    t.same(await userNetworks(on), ['bootlet cbr0 10.22.3.1'], point);
    t.same(await on.settle(undefined), [], point);
    t.same(await userNetworks(on), [], point);
    t.equal(await pidOf(on, id), pid, point);
  }
});

test('a container that is started between the plan and the restart runs on, and pods get a network beside it', {
  skip,
}, async (t) => {
  const on = await dockerOnHost(t);
  let id = '';
  const settling = on.settle(spec, undefined, async () => {
    id = await on.container();
  });
  await t.rejects(settling, { code: 'E_NETWORK_UNSETTLED', message: /^a container was started/ });
  const pid = await pidOf(on, id);
  t.same(await on.settle(spec), []);
  t.same(await userNetworks(on), ['bootlet cbr0 10.22.3.1']);
  t.equal(await pidOf(on, id), pid);
});
