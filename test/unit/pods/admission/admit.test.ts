import { test } from 'tap';
import type { PodAdmission } from '../../../../daemon/pods/resources.ts';
import type { Pod } from '../../../../daemon/pods/v1.ts';
import { admitted, aNode, type WantedOptions, wanted } from '../../../support/pod-admission.ts';

const after = (name: string): WantedOptions => ({ annotations: { 'bootlet.io/after': name } });
const excluding = (name: string): WantedOptions => ({ annotations: { 'bootlet.io/conflicts-with': name } });

const asThey = (states: Readonly<Record<string, PodAdmission>>) => (key: string) =>
  states[key.replace(/^default\/|-n$/g, '')];

const statusOf = (spec: ReturnType<typeof wanted>, ready: boolean, phase = 'Running'): Pod => ({
  ...spec.pod,
  status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

test('a pod is rejected while the labels do not match, and admitted when they come to', async (t) => {
  const specs = [wanted('web', { spec: { nodeSelector: { disk: 'ssd' } } })];
  const before = admitted({ specs });
  t.match(before, {
    web: {
      state: 'rejected',
      reason: 'NodeAffinity',
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    },
  });
  const node = aNode({ labels: { disk: 'ssd' } });
  t.match(admitted({ specs, before: asThey(before), node }), { web: { state: 'admitted' } });
});

test('neither labels that change nor a daemon that starts anew end a pod that runs', async (t) => {
  const specs = [wanted('web', { spec: { nodeSelector: { disk: 'ssd' } } })];
  t.match(admitted({ specs, before: () => ({ uid: 'web-1', state: 'admitted' }) }), { web: { state: 'admitted' } });
  t.match(admitted({ specs, running: () => new Set(['default/web-n web-1']) }), { web: { state: 'admitted' } });
  t.match(admitted({ specs, running: () => new Set(['default/web-n web-0']) }), { web: { state: 'rejected' } });
});

test('an edited pod is admitted anew', async (t) => {
  const specs = [wanted('web', { uid: 'web-2', spec: { nodeSelector: { disk: 'ssd' } } })];
  t.match(admitted({ specs, before: () => ({ uid: 'web-1', state: 'admitted' }) }), { web: { state: 'rejected' } });
});

test('a stop is by name, and goes before all else', async (t) => {
  const stopped = new Set(['default/web-n']);
  t.match(admitted({ specs: [wanted('web'), wanted('db')], stopped }), {
    web: { state: 'stopped', message: /bootlet pod start default\/web-n/ },
    db: { state: 'admitted' },
  });
  const before = () => ({ uid: 'web-1', state: 'admitted' }) as const;
  t.match(admitted({ specs: [wanted('web')], stopped, before }), { web: { state: 'stopped' } });
});

test('of two pods that exclude each other the first runs, whichever names the other', async (t) => {
  for (const specs of [
    [wanted('b', excluding('a')), wanted('a')],
    [wanted('b'), wanted('a', excluding('b'))],
    [wanted('b', excluding('default/a-n')), wanted('a', excluding('b'))],
  ]) {
    t.match(admitted({ specs }), {
      a: { state: 'admitted' },
      b: { state: 'waiting', reason: 'ConflictingPod', message: 'default/a-n runs, of the two only one may' },
    });
  }
});

test('of two pods that exclude each other the one that runs goes on, also when it is edited', async (t) => {
  const specs = [wanted('a', excluding('b')), wanted('b', { uid: 'b-2' })];
  const before = asThey({
    a: { uid: 'a-1', state: 'waiting', reason: 'ConflictingPod', message: '' },
    b: { uid: 'b-1', state: 'admitted' },
  });
  t.match(admitted({ specs, before }), { a: { state: 'waiting' }, b: { state: 'admitted' } });
});

test('a pod waits until the last of one that it excludes has ended, also when that is stopped or gone', async (t) => {
  const b = wanted('b', excluding('a'));
  const running = () => new Set(['default/a-n', 'default/a-n a-1']);
  t.match(admitted({ specs: [b], running }), { b: { state: 'waiting' } });
  t.match(admitted({ specs: [b] }), { b: { state: 'admitted' } });
  const stopped = new Set(['default/a-n']);
  t.match(admitted({ specs: [wanted('a'), b], stopped, running }), { b: { state: 'waiting' } });
  t.match(admitted({ specs: [wanted('a'), b], stopped }), { b: { state: 'admitted' } });
});

test('a pod that has come to its end excludes nobody and takes nothing', async (t) => {
  const spec = { containers: [{ name: 'main', image: 'i', resources: { requests: { cpu: '2' } } }] };
  const a = wanted('a', { spec });
  const b = wanted('b', { ...excluding('a'), spec });
  const before = asThey({ a: { uid: 'a-1', state: 'admitted' } });
  t.match(admitted({ specs: [a, b], before, status: () => statusOf(a, false) }), { b: { state: 'rejected' } });
  t.match(admitted({ specs: [a, b], before, status: () => statusOf(a, false, 'Succeeded') }), {
    b: { state: 'admitted' },
  });
});

test('a pod that comes after another waits until that is Ready, and then stays', async (t) => {
  const db = wanted('db');
  const specs = [wanted('app', after('db')), db];
  t.match(admitted({ specs }), {
    app: { state: 'waiting', reason: 'WaitingForPod', message: /default\/db-n to be Ready/ },
  });
  t.match(admitted({ specs, status: () => statusOf(db, false) }), { app: { state: 'waiting' } });
  const ready = admitted({ specs, status: () => statusOf(db, true) });
  t.match(ready, { app: { state: 'admitted' } });
  t.match(admitted({ specs, before: asThey(ready) }), { app: { state: 'admitted' } });
});

test('the readiness of what ran before an edit does not count', async (t) => {
  const specs = [wanted('app', after('db')), wanted('db', { uid: 'db-2' })];
  t.match(admitted({ specs, status: () => statusOf(wanted('db'), true) }), { app: { state: 'waiting' } });
});

test('a pod that comes after one that is in no manifest says so', async (t) => {
  t.match(admitted({ specs: [wanted('app', after('db,cache'))] }), {
    app: { state: 'waiting', message: 'there is no pod db, which it comes after' },
  });
});

test('pods that come after one another in a circle are refused, by name', async (t) => {
  const specs = [wanted('a', after('b')), wanted('b', after('c')), wanted('c', after('a')), wanted('d', after('a'))];
  const message = 'bootlet.io/after goes in a circle: default/a-n -> b -> c -> a';
  t.match(admitted({ specs }), {
    a: { state: 'rejected', reason: 'StartOrderCycle', message },
    b: { state: 'rejected' },
    c: { state: 'rejected' },
    d: { state: 'waiting' },
  });
  t.match(admitted({ specs: [wanted('a', after('a'))] }), { a: { reason: 'StartOrderCycle' } });
});

test('a pod that has to make room is evicted, and admitted again once it need not', async (t) => {
  const specs = [wanted('web')];
  const before = () => ({ uid: 'web-1', state: 'admitted' }) as const;
  const evicted = new Map([['default/web-n', { uid: 'web-1', message: 'low on memory' }]]);
  const after = admitted({ specs, before, evicted });
  t.match(after, { web: { state: 'evicted', reason: 'Evicted', message: 'low on memory' } });
  t.match(admitted({ specs, before: asThey(after) }), { web: { state: 'admitted' } });
  const edited = [wanted('web', { uid: 'web-2' })];
  t.match(admitted({ specs: edited, evicted }), { web: { state: 'admitted' } });
});

test('a pod that came to its end stays so, whatever has become of the node and of the daemon', async (t) => {
  const web = wanted('web', { spec: { nodeSelector: { disk: 'ssd' }, restartPolicy: 'Never' } });
  const known = () => new Set(['default/web-n web-1']);
  t.same(admitted({ specs: [web], known }), {}, 'nothing is decided before its status is known');
  for (const phase of ['Succeeded', 'Failed'])
    t.match(admitted({ specs: [web], known, status: () => statusOf(web, false, phase) }), {
      web: { state: 'admitted' },
    });
  t.match(admitted({ specs: [web], known, status: () => statusOf(web, false) }), { web: { state: 'rejected' } });
  const before = asThey({ web: { uid: 'web-1', state: 'rejected', reason: 'NodeAffinity', message: '' } });
  t.match(admitted({ specs: [web], before, status: () => statusOf(web, false, 'Failed') }), {
    web: { state: 'rejected' },
  });
});

test('a pod that needs what another holds that is ending waits for it, but not for its own predecessor', async (t) => {
  const ports = [{ containerPort: 80, hostPort: 80 }];
  const spec = { containers: [{ name: 'main', image: 'i', ports }] };
  const old = wanted('a', { spec });
  const running = () => new Set(['default/a-n', 'default/a-n a-1']);
  const rest = { running, pods: () => [old.pod] };
  t.match(admitted({ specs: [wanted('b', { spec })], ...rest }), {
    b: { state: 'waiting', reason: 'WaitingForPod', message: /default\/a-n has ended/ },
  });
  t.match(admitted({ specs: [wanted('b', { spec })], pods: rest.pods }), { b: { state: 'admitted' } });
  t.match(admitted({ specs: [wanted('a', { uid: 'a-2', spec })], ...rest }), { a: { state: 'admitted' } });
});

test('under pressure what runs goes on, an edited pod does not start, and starts when the pressure is over', async (t) => {
  const short = aNode({ pressures: ['DiskPressure'] });
  const specs = [wanted('web'), wanted('db', { uid: 'db-2' })];
  const before = asThey({ web: { uid: 'web-1', state: 'admitted' }, db: { uid: 'db-1', state: 'admitted' } });
  const pressed = admitted({ specs, before, node: short });
  t.match(pressed, { web: { state: 'admitted' }, db: { state: 'rejected', reason: 'Evicted' } });
  t.match(admitted({ specs, before: asThey(pressed) }), { web: { state: 'admitted' }, db: { state: 'admitted' } });
});
