import { test } from 'tap';
import {
  bridgeNetworks,
  containerNetns,
  containersOn,
  podNetworkName,
} from '../../../../daemon/runtime/docker/bridge-network.ts';

const answering = (status: number, body: unknown) => ({ call: async () => ({ status, body }) });

const dockers = { Id: '9ae9cc3f929c83448a68444a70919', Name: 'bridge', Options: {}, Labels: {} };
const own = {
  Id: '40a244bb9c12581146615c388701c1',
  Name: 'bootlet',
  IPAM: { Config: [{ Subnet: '10.22.3.0/24', Gateway: '10.22.3.1' }, { Subnet: 'fd22:3::/64' }] },
  Options: { 'com.docker.network.bridge.name': 'cbr0', 'com.docker.network.driver.mtu': '1400' },
  Labels: { 'io.bootlet.network': '' },
};

test('a network is told with its interface, its subnets and whether bootlet made it', async (t) => {
  t.match(await bridgeNetworks(answering(200, [own])), [
    {
      id: own.Id,
      name: 'bootlet',
      bridgeName: 'cbr0',
      mtu: 1400,
      subnets: [
        { subnet: '10.22.3.0/24', gateway: '10.22.3.1' },
        { subnet: 'fd22:3::/64', gateway: undefined },
      ],
      isOwn: true,
    },
  ]);
});

test('a network that was given no interface has the one that Docker names for it', async (t) => {
  const named = (await bridgeNetworks(answering(200, [dockers, { ...dockers, Name: 'web', Labels: null }]))).map(
    ({ bridgeName }) => bridgeName,
  );
  t.same(named, ['docker0', 'br-9ae9cc3f929c']);
});

test('what an internal network sends is not masqueraded, nor where its options say so', async (t) => {
  const option = 'com.docker.network.bridge.enable_ip_masquerade';
  const networks = [
    { ...dockers, Options: { [option]: 'false' } },
    { ...dockers, Name: 'shop' },
    { ...dockers, Name: 'db', Internal: true },
    { ...dockers, Name: 'routed', Options: { [option]: 'false' } },
  ];
  const told = await bridgeNetworks(answering(200, networks));
  t.same(
    told.flatMap(({ name, isMasqueraded }) => (isMasqueraded ? [name] : [])),
    ['bridge', 'shop'],
    "of Docker's own a key of its own decides, not the network",
  );
});

test('pods are put on the network that is on their bridge, and on none where there is none', async (t) => {
  const engine = answering(200, [dockers, own]);
  t.equal(await podNetworkName(engine, 'cbr0'), 'bootlet');
  t.equal(await podNetworkName(engine, 'docker0'), 'bridge');
  t.equal(await podNetworkName(engine, undefined), 'bridge');
  await t.rejects(podNetworkName(engine, 'cbr1'), { code: 'E_RUNTIME_REFUSED', message: /no network on cbr1/ });
});

test('containers are told of a network, and none of one that is gone', async (t) => {
  t.same(await containersOn(answering(200, { Containers: { a1: {}, b2: {} } }), 'x'), ['a1', 'b2']);
  t.same(await containersOn(answering(404, {}), 'x'), []);
});

test("a container's network namespace is told, also of one that does not run", async (t) => {
  const body = { State: { Pid: 812 }, NetworkSettings: { SandboxKey: '/var/run/docker/netns/1' } };
  t.same(await containerNetns(answering(200, body), 'a1'), { pid: 812, sandboxKey: '/var/run/docker/netns/1' });
  t.same(await containerNetns(answering(200, { State: { Pid: 0 } }), 'a1'), { pid: 0, sandboxKey: '' });
  t.equal(await containerNetns(answering(404, {}), 'a1'), undefined);
});
