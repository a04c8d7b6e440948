import { test } from 'tap';
import type { Pod } from '../../../daemon/pods/v1.ts';
import { compare, type Seen } from '../../conformance/pods/compare.ts';
import type { Facts } from '../../conformance/pods/expectation.ts';

const pod: Pod = {
  metadata: { name: 'web-node', namespace: 'default', uid: 'u1', annotations: { seen: '2026-01-01' } },
  spec: { containers: [{ name: 'main', image: 'a:1', resources: {} }], nodeName: 'node', securityContext: {} },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }],
    containerStatuses: [
      {
        name: 'main',
        image: 'a:1',
        imageID: 'sha256:a',
        ready: false,
        started: false,
        restartCount: 2,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error' } },
      },
    ],
  },
};

const found = (facts: Facts, seen: Partial<Seen> = {}): string[] =>
  compare(facts, { pod, events: [], files: new Map(), ...seen });

test('a status holds in what is named, and what is not named says nothing', async (t) => {
  const main = {
    state: 'waiting',
    reason: 'CrashLoopBackOff',
    ready: false,
    restartCount: { min: 1, max: 2 },
    lastState: { state: 'terminated', exitCode: 1 },
  };
  const conditions = { conditions: { Ready: 'False' }, conditionReasons: { Ready: 'ContainersNotReady' } };
  t.same(found({ status: { phase: 'Running', ...conditions, containers: { main } } }), []);
});

test('every fact of a status that does not hold is told with its path', async (t) => {
  const main = { state: 'running', restartCount: { min: 3 }, lastState: { exitCode: 0 } };
  t.same(found({ status: { phase: 'Failed', conditions: { Ready: 'True' }, containers: { main, other: {} } } }), [
    'status.phase is "Running", should be "Failed"',
    'status.conditions.Ready is "False", should be "True"',
    'status.containers.main.state is "waiting", should be "running"',
    'status.containers.main.restartCount is 2, should be {"min":3}',
    'status.containers.main.lastState.exitCode is 1, should be 0',
    'status.containers.other is absent',
  ]);
});

test('no status means a pod that is not listed, and any status one that is', async (t) => {
  t.same(found({ status: null }, { pod: undefined }), []);
  t.equal(found({ status: null }).length, 1);
  t.equal(found({ status: {} }, { pod: undefined }).length, 1);
});

test('a field of metadata or spec is compared as a whole', async (t) => {
  const containers = [{ name: 'main', image: 'a:1' }];
  t.same(found({ spec: { containers, nodeName: 'node' } }), []);
  t.same(found({ spec: { containers: [{ name: 'main' }] } }), ['spec.containers[0].image is "a:1", should be absent']);
  t.same(found({ metadata: { annotations: {} } }), ['metadata.annotations.seen is "2026-01-01", should be absent']);
});

test('of an absent field null and an empty object are true', async (t) => {
  t.same(found({ spec: { priority: null, securityContext: null, affinity: {}, hostname: null } }), []);
  t.same(found({ spec: { nodeName: null } }), ['spec.nodeName is "node", should be null']);
});

test('a pattern stands for a text that it is found in', async (t) => {
  t.same(found({ metadata: { annotations: { seen: { matches: '^\\d{4}-' } } } }), []);
  t.same(found({ status: { phase: { matches: '^Succ' } } }), ['status.phase is "Running", should match ^Succ']);
});

test('an event is told apart by type, reason and field path, and others may come', async (t) => {
  const started = { type: 'Normal', reason: 'Started', fieldPath: 'spec.containers{main}' };
  const events = [started, { type: 'Warning', reason: 'FailedMount' }];
  t.same(found({ events }, { events: [{ type: 'Normal', reason: 'Pulled' }, ...events] }), []);
  t.same(found({ events: [{ ...started, fieldPath: 'spec.containers{other}' }] }, { events }), [
    'no event Normal Started of spec.containers{other}',
  ]);
});

test('a file is equal but for white space at its end, matches, or is absent', async (t) => {
  const files = new Map([
    ['a', 'one\ntwo\n'],
    ['b', undefined],
  ]);
  t.same(found({ files: { a: { equals: 'one\ntwo' }, b: { absent: true } } }, { files }), []);
  t.same(found({ files: { a: { matches: 'two$' } } }, { files }), []);
  t.same(found({ files: { a: { matches: '^one$' }, b: { equals: '' } } }, { files }), [
    'file a is "one\\ntwo", should match ^one$',
    'file b is absent, should be ""',
  ]);
  t.same(found({ files: { a: { absent: true }, b: { ignore: true } } }, { files }), [
    'file a is "one\\ntwo\\n", should be absent',
  ]);
});
