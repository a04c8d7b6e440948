import { test } from 'tap';
import { nodeCheck } from '../../../../daemon/node/registration/node-check.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ModelApiserver } from '../../../support/model-apiserver.ts';
import { aLease, someFacts } from '../../../support/node-builders.ts';

const NODE = '/api/v1/nodes/n1';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1';

const setUp = () => {
  const clock = new FakeClock();
  const apiserver = new ModelApiserver();
  const events = new EventRing(clock);
  const check = nodeCheck({ identity: { ...someFacts, nodeName: 'n1' }, clock, events });
  const nodeOf = (machineID: string, bootID = 'b') =>
    apiserver.write(NODE, {
      metadata: { name: 'n1' },
      status: { nodeInfo: { machineID, systemUUID: '', bootID }, conditions: [{ type: 'Ready', status: 'True' }] },
    });
  return { apiserver, nodeOf, events, check: () => check(apiserver) };
};

test('a free name, and a Node of this host, let it go on', async (t) => {
  const { check, nodeOf } = setUp();
  await check();
  nodeOf('machine-1', 'boot-1');
  await check();
  t.pass();
});

test('another machine’s Node ends the attempt, with what an administrator has to type', async (t) => {
  const { apiserver, check, nodeOf } = setUp();
  nodeOf('m2');
  await t.rejects(check(), { code: 'E_NODE_TAKEN', retryable: false, hint: /nodeName/ });
  apiserver.write(LEASE, aLease(-60_000));
  await t.rejects(check(), { code: 'E_NODE_TAKEN', hint: 'kubectl delete node n1' });
});

test('a clone is warned of, and goes on', async (t) => {
  const { apiserver, check, nodeOf, events } = setUp();
  nodeOf('machine-1', 'boot-2');
  apiserver.write(LEASE, aLease(0));
  await check();
  t.match(events.list(), [{ type: 'Warning', reason: 'NodeCloned' }]);
});
