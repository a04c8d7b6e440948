import { test } from 'tap';
import { nodeCheck } from '../../../../daemon/node/registration/node-check.ts';
import { ModelApiserver } from '../../../support/model-apiserver.ts';
import { aLease, someFacts } from '../../../support/node-builders.ts';

const NODE = '/api/v1/nodes/n1';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1';

const setUp = () => {
  const apiserver = new ModelApiserver();
  const nodeOf = (machineID: string, bootID = 'b') =>
    apiserver.write(NODE, {
      metadata: { name: 'n1' },
      status: { nodeInfo: { machineID, systemUUID: '', bootID }, conditions: [{ type: 'Ready', status: 'True' }] },
    });
  return { apiserver, nodeOf, check: () => nodeCheck(apiserver, { ...someFacts, nodeName: 'n1' }, 0) };
};

test('a free name is told from a Node of this host', async (t) => {
  const { check, nodeOf } = setUp();
  t.same(await check(), { state: 'free' });
  nodeOf('machine-1', 'boot-1');
  t.match(await check(), { state: 'own', node: { metadata: { name: 'n1' } } });
});

test('where Nodes may not be read nothing is known, and nothing refused', async (t) => {
  const { apiserver, check, nodeOf } = setUp();
  nodeOf('m2');
  apiserver.isForbidden = (path) => path === NODE;
  t.same(await check(), { state: 'unreadable' });
});

test('another machine’s Node ends the attempt, with what an administrator has to type', async (t) => {
  const { apiserver, check, nodeOf } = setUp();
  nodeOf('m2');
  await t.rejects(check(), { code: 'E_NODE_TAKEN', retryable: false, hint: /nodeName/ });
  apiserver.write(LEASE, aLease(-60_000));
  await t.rejects(check(), { code: 'E_NODE_TAKEN', hint: 'kubectl delete node n1' });
});

test('a clone is told of, and goes on', async (t) => {
  const { apiserver, check, nodeOf } = setUp();
  nodeOf('machine-1', 'boot-2');
  apiserver.write(LEASE, aLease(0));
  t.match(await check(), { state: 'clone', message: /n1/, node: { metadata: { name: 'n1' } } });
});
