import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { microTime } from '../../../../daemon/kubernetes/time.ts';
import { leaseController } from '../../../../daemon/node/lease/lease-controller.ts';
import { nodeMeters } from '../../../../daemon/node/meters.ts';
import {
  type ClusterNode,
  clusterNodeType,
  leaseStateType,
  type Registration,
  registrationType,
} from '../../../../daemon/node/resources.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ModelApiserver } from '../../../support/model-apiserver.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const PATH = `${LEASES}/n1`;
const SECOND = 1000;
const MINUTE = 60_000;

const setUp = () => {
  const store = new Store();
  const failures: unknown[] = [];
  const clock = new FakeClock();
  const apiserver = new ModelApiserver();
  const events = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0, onFailure: (_, error) => failures.push(error) });
  const stopping = new AbortController().signal;
  const { leaseFailures } = nodeMeters();
  const base = { nodeName: 'n1', bootID: 'boot-1', apiserver, clock, random: () => 0, events, stopping };
  engine.add(leaseController({ ...base, failures: leaseFailures }));
  const registrations = store.claim(registrationType, 'test');
  const nodes = store.claim<ClusterNode>(clusterNodeType, 'test');
  const register = (registration: Registration) => registrations.put('n1', registration);
  const lease = () => apiserver.objects.get(PATH) as Lease | undefined;
  const warnings = () => events.list().map(({ reason, message }) => `${reason}: ${message}`);
  engine.start();
  return { store, clock, apiserver, register, nodes, lease, warnings, failures, leaseFailures };
};
const registered: Registration = { state: 'registered', uid: 'node-uid' };
const absent: Registration = { state: 'waiting', reason: 'NodeAbsent', message: '', advice: '' };

test('the lease is renewed six times a minute, with one request each', async (t) => {
  const { clock, apiserver, register, lease } = setUp();
  register(registered);
  await clock.advance(MINUTE);
  apiserver.requests.length = 0;
  await clock.advance(60 * MINUTE);
  t.same([...new Set(apiserver.requests)], [`PUT ${PATH}`]);
  t.equal(apiserver.requests.length, 360);
  t.match(lease(), {
    metadata: { name: 'n1', ownerReferences: [{ kind: 'Node', uid: 'node-uid' }] },
    spec: { holderIdentity: 'n1', leaseDurationSeconds: 40, renewTime: microTime(61 * MINUTE) },
  });
});

test('no lease is renewed while there is no Node, and at once when there is one again, as that one’s', async (t) => {
  const { clock, apiserver, register, lease } = setUp();
  register(registered);
  await clock.advance(15 * SECOND);
  register(absent);
  apiserver.requests.length = 0;
  await clock.advance(10 * MINUTE);
  t.same(apiserver.requests, []);
  register({ state: 'registered', uid: 'another' });
  await clock.advance(0);
  t.same(apiserver.requests, [`PUT ${PATH}`]);
  t.match(lease()?.metadata?.ownerReferences, [{ kind: 'Node', uid: 'another' }]);
});

test('a lease that went with its Node is made again', async (t) => {
  const { clock, apiserver, register, lease } = setUp();
  register(registered);
  await clock.advance(SECOND);
  apiserver.objects.delete(PATH);
  await clock.advance(10 * SECOND);
  t.match(lease(), { spec: { holderIdentity: 'n1' } });
});

test('a lease that is missing is made with one request, and no look before it', async (t) => {
  const { clock, apiserver, register } = setUp();
  register(registered);
  await clock.advance(SECOND);
  apiserver.objects.delete(PATH);
  apiserver.requests.length = 0;
  await clock.advance(10 * SECOND);
  t.same(apiserver.requests, [`PUT ${PATH}`, `POST ${LEASES}`]);
});

test('a lease that cannot be made, its namespace being gone, is tried with each renewal and told as that', async (t) => {
  const { clock, apiserver, register, failures } = setUp();
  apiserver.isMissing = (path) => path === LEASES;
  register(registered);
  await clock.advance(MINUTE);
  t.ok(apiserver.requests.length <= 2 * 13, String(apiserver.requests.length));
  t.match(failures[0], { code: 'E_APISERVER_REFUSED', message: /namespace is missing/, hint: /kube-node-lease/ });
});

test('a lease that others change all the time is tried with pauses', async (t) => {
  const { clock, apiserver, register, lease, failures } = setUp();
  register(registered);
  await clock.advance(SECOND);
  const at: number[] = [];
  apiserver.before = ({ method }) => {
    if (method !== 'PUT') return;
    at.push(clock.now());
    apiserver.write(PATH, { ...lease() });
  };
  await clock.advance(10 * SECOND);
  t.equal(new Set(at).size, at.length);
  t.match(failures[0], { message: /changed by others faster/ });
});

test('who changes the lease but does not renew it is no rival', async (t) => {
  const { clock, apiserver, register, lease, warnings } = setUp();
  register(registered);
  await clock.advance(SECOND);
  const before = lease();
  apiserver.write(PATH, { ...before, metadata: { ...before?.metadata, labels: { a: 'b' } } });
  await clock.advance(10 * SECOND);
  t.match(lease(), { metadata: { labels: { a: 'b' } }, spec: { renewTime: microTime(10 * SECOND + 50) } });
  t.same(warnings(), []);
});

test('who renews it too is a clone: a warning, by its boot id where the Node has it, until it was not seen for five minutes', async (t) => {
  const { store, clock, apiserver, register, nodes, lease, warnings } = setUp();
  register(registered);
  await clock.advance(SECOND);
  const nodeInfo = {
    ...{ architecture: '', bootID: 'boot-2', containerRuntimeVersion: '', kernelVersion: '', kubeProxyVersion: '' },
    ...{ kubeletVersion: '', machineID: '', operatingSystem: '', osImage: '', systemUUID: '' },
  };
  nodes.put('n1', { state: 'present', node: { status: { nodeInfo } } });
  apiserver.write(PATH, { ...lease(), spec: { ...lease()?.spec, renewTime: microTime(5 * SECOND) } });
  await clock.advance(10 * SECOND);
  t.match(warnings(), [/^NodeCloned: the machine with the boot id boot-2 renews the lease of Node n1 too/]);
  t.match(store.get(leaseStateType, 'n1'), { rival: 'the machine with the boot id boot-2' });
  await clock.advance(5 * MINUTE);
  t.match(store.get(leaseStateType, 'n1'), { rival: '' });
});

test('a renewal whose answer was lost is not taken for a rival’s', async (t) => {
  const { clock, apiserver, register, warnings, lease } = setUp();
  register(registered);
  await clock.advance(SECOND);
  const lost = new BootletError('E_APISERVER_UNAVAILABLE', 'the answer was lost');
  apiserver.before = ({ method, path, body }) => {
    if (method === 'PUT') apiserver.write(path, body as object);
    throw lost;
  };
  await clock.advance(10 * SECOND);
  apiserver.before = () => {
    throw lost;
  };
  await clock.advance(5 * MINUTE);
  apiserver.before = () => undefined;
  await clock.advance(20 * SECOND);
  t.same(warnings(), []);
  t.ok(Date.parse(lease()?.spec?.renewTime ?? '') >= 5 * MINUTE);
});

test('while no server answers the lease is tried at least every ten seconds', async (t) => {
  const { clock, apiserver, register, leaseFailures } = setUp();
  const failed = () => leaseFailures.series[0]?.value ?? 0;
  register(registered);
  await clock.advance(SECOND);
  t.equal(failed(), 0);
  apiserver.before = () => {
    throw new BootletError('E_APISERVER_UNAVAILABLE', 'away');
  };
  await clock.advance(10 * MINUTE);
  const before = failed();
  apiserver.requests.length = 0;
  await clock.advance(MINUTE);
  t.equal(failed() - before, apiserver.requests.length, 'each of them is counted');
  t.ok(apiserver.requests.length >= 6 && apiserver.requests.length <= 8, String(apiserver.requests.length));
});
