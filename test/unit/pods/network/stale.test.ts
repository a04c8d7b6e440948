import { test } from 'tap';
import { whyStale } from '../../../../daemon/pods/network/stale.ts';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { aContainer, aPod, aPodNetwork, aSandbox } from '../../../support/pod-builders.ts';

const plain = aPod({ hostNetwork: false });
const web = aPod({
  hostNetwork: false,
  containers: [aContainer('main', { ports: [{ containerPort: 80, hostPort: 80 }] })],
});
const network = aPodNetwork({ podCIDRs: ['10.1.0.0/24', 'fd00::/64'] });

const madeFor = (ips: readonly string[], fields: object) =>
  aSandbox({ ips, labels: { [label.podNetwork]: JSON.stringify({ hostPorts: 'runtime', ports: [], ...fields }) } });

test('a sandbox with an address from outside the pod network is stale', async (t) => {
  t.equal(whyStale(network, plain, aSandbox({ ips: ['10.1.0.2', 'fd00::2'] })), undefined);
  t.match(whyStale(network, plain, aSandbox({ ips: ['172.17.0.2'] })), /172\.17\.0\.2 is not of the pod network/);
  t.match(whyStale(network, plain, aSandbox({ ips: ['10.1.0.2', 'fd01::2'] })), /fd01::2/);
});

test('a sandbox without any address is stale: it was taken off its network', async (t) => {
  t.equal(whyStale(network, plain, aSandbox({ ips: [] })), 'it has no address');
});

test('a sandbox made for the network that it is not in is left: another would be the same', async (t) => {
  const { podCIDRs } = network;
  t.equal(whyStale(network, plain, madeFor(['172.17.0.2'], { podCIDRs })), undefined);
  t.ok(whyStale(network, plain, madeFor(['172.17.0.2'], { podCIDRs: ['172.17.0.0/16'] })));
});

test('nothing is stale without a pod network, in the host’s network, or before it runs', async (t) => {
  const outside = aSandbox({ ips: ['172.17.0.2'] });
  t.equal(whyStale({ state: 'waiting', reason: 'x', message: 'x' }, plain, outside), undefined);
  t.equal(whyStale(aPodNetwork(), plain, outside), undefined);
  t.equal(whyStale(network, aPod(), outside), undefined);
  t.equal(whyStale(network, plain, { ...outside, state: 'exited' }), undefined);
});

const ports = [{ hostIP: '', hostPort: 80, containerPort: 80, protocol: 'tcp' }];

test('a sandbox whose host ports are made by other means than they shall be is stale', async (t) => {
  const rules = aPodNetwork({ hostPorts: 'rules' });
  const byRuntime = madeFor(['172.17.0.2'], { ports });
  const byRules = madeFor(['172.17.0.2'], { ports, hostPorts: 'rules' });
  t.match(whyStale(rules, web, byRuntime), /published by the container runtime/);
  t.equal(whyStale(rules, web, byRules), undefined);
  t.match(whyStale(aPodNetwork(), web, byRules), /made by rules/);
  t.equal(whyStale(aPodNetwork(), web, byRuntime), undefined);
});

test('a sandbox without host ports is not stale for who makes them', async (t) => {
  const rules = aPodNetwork({ hostPorts: 'rules' });
  t.equal(whyStale(rules, web, madeFor(['172.17.0.2'], {})), undefined, 'ports that an edit brought later');
  t.equal(whyStale(rules, plain, aSandbox({ ips: ['172.17.0.2'] })), undefined);
});

test('a sandbox of an earlier version has its host ports from the runtime', async (t) => {
  t.ok(whyStale(aPodNetwork({ hostPorts: 'rules' }), web, aSandbox({ ips: ['172.17.0.2'] })));
});
