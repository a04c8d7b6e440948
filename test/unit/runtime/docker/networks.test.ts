import { test } from 'tap';
import { dockerNetworkOf } from '../../../../daemon/runtime/docker/networks.ts';

const vlan = {
  Id: '5f1c',
  Name: 'vlan',
  Driver: 'macvlan',
  Scope: 'local',
  IPAM: { Driver: 'default', Config: [{ Subnet: '10.22.9.0/24' }, { Subnet: 'fd00::/64', Gateway: 'fd00::1' }] },
};

test('a network of any driver is told with the addresses that no other of the host can have', async (t) => {
  t.same(dockerNetworkOf(vlan), { id: '5f1c', name: 'vlan', driver: 'macvlan', pools: ['10.22.9.0/24', 'fd00::/64'] });
});

test('those of a swarm, and of another driver of addresses, can be others’ too', async (t) => {
  t.same(dockerNetworkOf({ ...vlan, Scope: 'swarm' }).pools, []);
  t.same(dockerNetworkOf({ ...vlan, IPAM: { ...vlan.IPAM, Driver: 'infoblox' } }).pools, []);
});

test('one without addresses has none', async (t) => {
  for (const Config of [[], null, [{}]]) {
    t.same(dockerNetworkOf({ ...vlan, Driver: 'null', IPAM: { Driver: 'default', Config } }).pools, []);
  }
});
