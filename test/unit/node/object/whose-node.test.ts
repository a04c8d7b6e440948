import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { whoseNode } from '../../../../daemon/node/object/whose-node.ts';
import { aLease } from '../../../support/node-builders.ts';

const own = { nodeName: 'n1', machineID: 'm1', systemUUID: 'u1', bootID: 'b1' };
const aNode = (machineID: string, systemUUID: string, bootID: string): Node => ({
  status: {
    nodeInfo: {
      machineID,
      systemUUID,
      bootID,
      architecture: '',
      containerRuntimeVersion: '',
      kernelVersion: '',
      kubeProxyVersion: '',
      kubeletVersion: '',
      operatingSystem: '',
      osImage: '',
    },
  },
});
const NOW = 1_000_000;
const held = aLease(NOW - 5000);
const expired = aLease(NOW - 41_000);

test('a name that no Node has is free', async (t) => {
  t.same(whoseNode(undefined, held, own, NOW), { state: 'free' });
});

test('a Node that nobody has told anything of yet is taken', async (t) => {
  t.same(whoseNode({}, held, own, NOW), { state: 'own' });
  t.same(whoseNode(aNode('', '', ''), held, own, NOW), { state: 'own' });
});

test('the same machine id makes it this host’s, also after a reboot', async (t) => {
  t.same(whoseNode(aNode('m1', 'u1', 'b1'), held, own, NOW), { state: 'own' });
  t.same(whoseNode(aNode('m1', 'u2', 'b0'), expired, own, NOW), { state: 'own' });
  t.same(whoseNode(aNode('m1', 'u1', 'b0'), undefined, own, NOW), { state: 'own' });
});

test('the same machine id with a lease that another boot renews is a clone’s', async (t) => {
  t.match(whoseNode(aNode('m1', 'u1', 'b2'), held, own, NOW), { state: 'clone', message: /\(m1\).*5 s ago.*clone/ });
});

test('another machine that renews its lease keeps its name', async (t) => {
  t.match(whoseNode(aNode('m2', 'u2', 'b2'), held, own, NOW), {
    state: 'other-alive',
    message: /another machine \(machine id m2, system UUID u2\), which renewed its lease 5 s ago/,
    advice: /nodeName/,
  });
});

test('a machine that renews its lease no more leaves its name to whom an administrator gives it', async (t) => {
  for (const lease of [expired, { spec: {} }])
    t.match(whoseNode(aNode('m2', 'u2', 'b2'), lease, own, NOW), {
      state: 'other-expired',
      advice: 'kubectl delete node n1',
    });
});

test('the same hardware with a new system on it is this host, unless the old one is alive', async (t) => {
  t.same(whoseNode(aNode('m0', 'U1', 'b0'), expired, own, NOW), { state: 'own' });
  t.match(whoseNode(aNode('m0', 'u1', 'b0'), held, own, NOW), { state: 'other-alive' });
});

test('where machine ids are not known the system UUID tells', async (t) => {
  t.match(whoseNode(aNode('', 'u1', 'b1'), held, own, NOW), { state: 'own' });
  t.match(whoseNode(aNode('m2', '', ''), expired, { ...own, machineID: '' }, NOW), { state: 'other-expired' });
});

test('where the lease may not be read, as with a bootstrap token, the condition Ready tells of life', async (t) => {
  const withReady = (status: string): Node => ({
    status: { ...aNode('m2', 'u2', 'b2').status, conditions: [{ type: 'Ready', status }] },
  });
  t.match(whoseNode(withReady('True'), undefined, own, NOW), { state: 'other-alive', message: /Ready is True/ });
  t.match(whoseNode(withReady('Unknown'), undefined, own, NOW), { state: 'other-expired' });
  t.match(whoseNode(aNode('m2', 'u2', 'b2'), undefined, own, NOW), { state: 'other-expired' });
});
