import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import type { ApiCall } from '../../../../daemon/node/apiserver/apiserver.ts';
import { ownStatus } from '../../../../daemon/node/object/status.ts';
import { clusterNodeType, registrationType } from '../../../../daemon/node/resources.ts';
import { imagesController } from '../../../../daemon/node/status/images-controller.ts';
import { statusInputsOf } from '../../../../daemon/node/status/inputs.ts';
import { statusController } from '../../../../daemon/node/status/status-controller.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { runtimeStateType } from '../../../../daemon/runtime/resources.ts';
import type { ListedImage } from '../../../../daemon/runtime/runtime.ts';
import { nodePressureType, podNetworkType } from '../../../../daemon/shared-resources.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ModelApiserver } from '../../../support/model-apiserver.ts';
import { healthy, someFacts, statusInputs } from '../../../support/node-builders.ts';

const MINUTE = 60_000;
const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };

/** A registered host whose Node takes over what is posted, as the watch would show it. */
const setUp = ({ images = async (): Promise<readonly ListedImage[]> => [] } = {}) => {
  const store = new Store();
  const clock = new FakeClock();
  const apiserver = new ModelApiserver();
  const events = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const { capacity, allocatable, version } = statusInputs();
  const addresses = { hostIPs: ['10.0.0.1'] };
  const host = { nodeName: 'n1', version, facts: someFacts, capacity, allocatable, addresses };
  engine.add(
    statusController({
      ...{ nodeName: 'n1', architecture: 'amd64', apiserver, clock, random: () => 0.5, events },
      statusInputs: (reader) => statusInputsOf(reader, host),
    }),
  );
  engine.add(imagesController({ nodeName: 'n1', runtime: { images }, clock }));
  const nodes = store.claim(clusterNodeType, 'test');
  const networks = store.claim(podNetworkType, 'test');
  const pressures = store.claim(nodePressureType, 'test');
  const runtimes = store.claim(runtimeStateType, 'test');
  const posts: ApiCall[] = [];
  let lags = false;
  const show = (node: Node) => {
    const kept = apiserver.write('/api/v1/nodes/n1', node);
    if (!lags) nodes.put('n1', { state: 'present', node: kept });
  };
  apiserver.before = (call) => {
    posts.push(call);
    const status = ownStatus(statusInputsOf(store, host), [], clock.now());
    show({ metadata: { name: 'n1', uid: 'u', labels }, status });
  };
  for (const [condition, pressure] of healthy.pressures) pressures.put(condition, pressure);
  runtimes.put('docker', { ...statusInputs().runtime, apiVersion: '', ready: true, message: '', listed: true });
  networks.put('n1', { state: 'ready', podCIDRs: undefined, hostPorts: 'rules' });
  store.claim(registrationType, 'test').put('n1', { state: 'registered', uid: 'u' });
  show({ metadata: { name: 'n1', uid: 'u', labels } });
  engine.start();
  const reasons = () => events.list().map(({ reason }) => reason);
  /** As when somebody deleted the Node, and the watch has not told yet. */
  const forget = () => {
    apiserver.objects.clear();
    apiserver.before = (call) => void posts.push(call);
  };
  /** From now on the watch tells nothing. */
  const lag = () => {
    lags = true;
  };
  return { clock, posts, networks, pressures, runtimes, addresses, reasons, forget, lag };
};

test('a host on which nothing changes reports every five minutes', async (t) => {
  const { clock, posts } = setUp();
  await clock.advance(0);
  t.equal(posts.length, 1, 'first what there is');
  await clock.advance(60 * MINUTE);
  t.equal(posts.length, 1 + 12);
  t.match(posts.at(-1), {
    method: 'PATCH',
    path: '/api/v1/nodes/n1/status',
    contentType: 'application/strategic-merge-patch+json',
  });
});

test('a runtime or network that goes, or a pressure, is told at once, and is an event', async (t) => {
  const { clock, posts, networks, pressures, runtimes, reasons } = setUp();
  await clock.advance(2000);
  const told = async (change: () => void): Promise<unknown> => {
    const before = posts.length;
    change();
    await clock.advance(1100);
    t.equal(posts.length, before + 1);
    return posts.at(-1)?.body;
  };
  const lost = await told(() => networks.put('n1', { state: 'waiting', reason: 'Gone', message: 'no bridge' }));
  t.match(JSON.stringify(lost), /"status":"False","reason":"NetworkNotReady"/);
  await told(() => networks.put('n1', { state: 'ready', podCIDRs: undefined, hostPorts: 'rules' }));
  const down = { name: 'docker', version: '', apiVersion: '', ready: false, message: 'gone', listed: true };
  t.match(JSON.stringify(await told(() => runtimes.put('docker', down))), /RuntimeNotReady/);
  await told(() => pressures.put('DiskPressure', { isPressed: true, reason: 'R', message: 'm' }));
  t.same(reasons().slice(-2), ['NodeNotReady', 'NodeHasDiskPressure']);
});

test('a runtime that hangs over its images delays nothing that is to be told', async (t) => {
  const { clock, posts, runtimes } = setUp({ images: () => new Promise(() => undefined) });
  await clock.advance(2000);
  t.equal(posts.length, 1);
  t.notMatch(posts[0]?.body, { status: { images: [] } }, 'what the Node has of images stays meanwhile');
  runtimes.put('docker', { name: 'docker', version: '', apiVersion: '', ready: false, message: 'gone', listed: true });
  await clock.advance(0);
  t.match(JSON.stringify(posts[1]?.body), /RuntimeNotReady/);
});

test('other changes are told at the next look, after ten seconds at most', async (t) => {
  const { clock, posts, addresses } = setUp();
  await clock.advance(2000);
  addresses.hostIPs = ['10.0.0.2'];
  await clock.advance(7000);
  t.equal(posts.length, 1);
  await clock.advance(3000);
  t.equal(posts.length, 2);
});

test('a runtime that comes and goes makes no flood of requests', async (t) => {
  const { clock, posts, runtimes } = setUp();
  for (let i = 0; i < 100; i++) {
    runtimes.put('docker', {
      name: 'docker',
      version: '',
      apiVersion: '',
      ready: i % 2 === 0,
      message: '',
      listed: true,
    });
    await clock.advance(100);
  }
  t.ok(posts.length <= 12, String(posts.length));
});

test('a Node that is gone is not told of as if it had heard', async (t) => {
  const { clock, posts, reasons, forget } = setUp();
  forget();
  await clock.advance(0);
  t.equal(posts.length, 1);
  t.same(reasons(), []);
});

test('what was posted is known although the watch has not told of it yet: a flip is one request and one event', async (t) => {
  const { clock, posts, networks, reasons, lag } = setUp();
  await clock.advance(2000);
  const [before, told] = [posts.length, reasons().length];
  lag();
  networks.put('n1', { state: 'waiting', reason: 'Gone', message: 'no bridge' });
  await clock.advance(60_000);
  t.equal(posts.length, before + 1);
  t.same(reasons().slice(told), ['NodeNotReady']);
});
