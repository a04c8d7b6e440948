import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { schema } from '../../../../daemon/config/schema.ts';
import { BootletError } from '../../../../daemon/errors.ts';
import { registrationController } from '../../../../daemon/node/registration/registration.ts';
import { clusterNodeType, registrationType, sessionType } from '../../../../daemon/node/resources.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ModelApiserver } from '../../../support/model-apiserver.ts';
import { aLease, someFacts, statusInputs } from '../../../support/node-builders.ts';

const NODE = '/api/v1/nodes/n1';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1';

const setUp = ({ register = true } = {}) => {
  const store = new Store();
  const clock = new FakeClock();
  const apiserver = new ModelApiserver();
  const events = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  engine.add(
    registrationController({
      config: { ...schema.fallback, nodeName: 'n1', node: { ...schema.fallback.node, labels: { pool: 'a' } } },
      ...{ register, facts: someFacts, apiserver, clock, random: () => 0.999, events },
      statusInputs: () => statusInputs(),
    }),
  );
  const nodes = store.claim(clusterNodeType, 'test');
  const sessions = store.claim(sessionType, 'test');
  const connect = (generation = 1) =>
    sessions.put('n1', { generation, server: 's', state: 'answers', message: '', since: 0 });
  const see = async (node: Node | undefined) => {
    nodes.put('n1', node === undefined ? { state: 'absent' } : { state: 'present', node });
    await clock.advance(0);
  };
  const registration = () => store.get(registrationType, 'n1');
  engine.start();
  return { clock, apiserver, connect, see, registration, events };
};

const aNode = (machineID: string, uid = 'u', labels = {}): Node => {
  const node = statusInputs({ facts: { ...someFacts, machineID, systemUUID: `uuid of ${machineID}` } });
  return {
    metadata: { name: 'n1', uid, labels },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: {
        ...{ ...node.facts, containerRuntimeVersion: '', kubeProxyVersion: '', kubeletVersion: '' },
        operatingSystem: 'linux',
      },
    },
  };
};
const ownLabels = {
  'kubernetes.io/hostname': 'n1',
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
  'beta.kubernetes.io/os': 'linux',
  'beta.kubernetes.io/arch': 'amd64',
  pool: 'a',
};

test('nothing is asked before there is a connection and the Node was looked at', async (t) => {
  const { clock, apiserver, connect } = setUp();
  connect();
  await clock.advance(60_000);
  t.same(apiserver.requests, []);
});

test('a Node that is not there is made, and made again each time that it was deleted', async (t) => {
  const { clock, apiserver, connect, see, registration } = setUp();
  connect();
  await see(undefined);
  connect(2);
  await clock.advance(1000);
  t.same(apiserver.requests, ['POST /api/v1/nodes'], 'what the watch has not shown yet is not made twice');
  t.match(registration(), { state: 'registered', uid: 'uid-1' });
  await see(apiserver.objects.get(NODE));
  apiserver.objects.delete(NODE);
  await see(undefined);
  await clock.advance(0);
  t.same(registration(), { state: 'registered', uid: 'uid-2' });
});

test('a Node that cannot be made is tried again after 100 ms, and every 7 s at last', async (t) => {
  const { clock, apiserver, connect, see } = setUp();
  const tries: number[] = [];
  apiserver.before = () => {
    tries.push(clock.now());
    throw new BootletError('E_APISERVER_UNAVAILABLE', 'away');
  };
  connect();
  await see(undefined);
  await clock.advance(60_000);
  const pauses = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
  t.ok(Number(pauses.find((pause) => pause > 0)) <= 200);
  t.ok(Math.max(...pauses) <= 7000);
  t.ok(tries.length < 20, String(tries.length));
});

test('a Node that somebody else just made is waited for', async (t) => {
  const { apiserver, connect, see, registration } = setUp();
  apiserver.write(NODE, aNode('machine-1'));
  connect();
  await see(undefined);
  t.match(registration(), { state: 'waiting' });
  await see(apiserver.objects.get(NODE));
  t.match(registration(), { state: 'registered' });
});

test('a Node that is this host’s needs no request, and its labels are put right once in a connection', async (t) => {
  const { clock, apiserver, connect, see, registration } = setUp();
  connect();
  await see(aNode('machine-1', 'u', ownLabels));
  t.same(registration(), { state: 'registered', uid: 'u' });
  t.same(apiserver.requests, []);
  await see(aNode('machine-1', 'u', { ...ownLabels, pool: 'b' }));
  t.same(apiserver.requests, [], 'whoever changes a label of a Node in use may do so');
  connect(2);
  await clock.advance(0);
  t.same(apiserver.requests, [`PATCH ${NODE}/status`]);
});

test('the Node of another machine is left alone while that one lives, and while no administrator has spoken', async (t) => {
  const { clock, apiserver, connect, see, registration } = setUp();
  apiserver.write(LEASE, aLease(0));
  connect();
  await see(aNode('m2'));
  t.same([...new Set(apiserver.requests)], [`GET ${LEASE}`]);
  t.match(registration(), { state: 'refused', reason: 'NodeOfAnotherMachine', advice: /nodeName/ });
  await clock.advance(60_000);
  t.match(registration(), { state: 'refused', advice: 'kubectl delete node n1' });
  await see(undefined);
  t.match(registration(), { state: 'registered' });
});

test('what is only read is never written', async (t) => {
  const { apiserver, connect, see, registration } = setUp({ register: false });
  connect();
  await see(undefined);
  await see(aNode('machine-1'));
  t.same(apiserver.requests, []);
  t.match(registration(), { state: 'waiting', reason: 'OnlyReading' });
});

test('a Node that was there without the taints that keep the scheduler away is told of once, with what an administrator types', async (t) => {
  const { connect, see, events } = setUp();
  connect();
  await see(aNode('machine-1', 'u', ownLabels));
  await see({ ...aNode('machine-1', 'u', ownLabels), spec: { unschedulable: true } });
  t.match(events.list(), [
    {
      reason: 'NodeTaintMissing',
      message: /kubectl taint node n1 bootlet.io\/static-pods-only:NoSchedule bootlet.io\/static-pods-only:NoExecute$/,
    },
  ]);
});
