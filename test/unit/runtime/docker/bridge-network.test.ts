import { test } from 'tap';
import { containerNetns, inspectBridgeNetwork } from '../../../../daemon/runtime/docker/bridge-network.ts';

const answering = (status: number, body: unknown) => ({ call: async () => ({ status, body }) });

test('the network bridge is told with its interface, its subnets and its containers', async (t) => {
  const body = {
    Name: 'bridge',
    IPAM: { Config: [{ Subnet: '10.22.3.0/24', Gateway: '10.22.3.1' }, { Subnet: 'fd22:3::/64' }] },
    Containers: { a1: {}, b2: {} },
    Options: { 'com.docker.network.bridge.name': 'cbr0', 'com.docker.network.driver.mtu': '1400' },
  };
  t.same(await inspectBridgeNetwork(answering(200, body)), {
    bridgeName: 'cbr0',
    mtu: 1400,
    subnets: [
      { subnet: '10.22.3.0/24', gateway: '10.22.3.1' },
      { subnet: 'fd22:3::/64', gateway: undefined },
    ],
    containers: ['a1', 'b2'],
  });
});

test('a dockerd without a bridge has no such network', async (t) => {
  t.equal(await inspectBridgeNetwork(answering(404, {})), undefined);
});

test("a container's network namespace is told, also of one that does not run", async (t) => {
  const body = { State: { Pid: 812 }, NetworkSettings: { SandboxKey: '/var/run/docker/netns/1' } };
  t.same(await containerNetns(answering(200, body), 'a1'), { pid: 812, sandboxKey: '/var/run/docker/netns/1' });
  t.same(await containerNetns(answering(200, { State: { Pid: 0 } }), 'a1'), { pid: 0, sandboxKey: '' });
  t.equal(await containerNetns(answering(404, {}), 'a1'), undefined);
});
