import { test } from 'tap';
import { strategicMerge } from '../../../daemon/node/strategic-merge.ts';

const keys = { conditions: 'type', podIPs: 'ip' };
const merge = (before: object, after: object) => strategicMerge({ ...before }, { ...after }, keys);

test('what is the same needs no patch, nor what Kubernetes does not write for it is empty', async (t) => {
  t.equal(merge({}, {}), undefined);
  t.equal(merge({ phase: 'Running', n: 0 }, { n: 0, phase: 'Running' }), undefined);
  t.equal(merge({ list: [{ state: {}, lastProbeTime: null }] }, { list: [{ message: '' }], other: [] }), undefined);
});

test('a field is set, changed and removed, also in a field', async (t) => {
  t.same(merge({ phase: 'Pending', reason: 'Why' }, { phase: 'Running', podIP: '10.0.0.1' }), {
    phase: 'Running',
    reason: null,
    podIP: '10.0.0.1',
  });
  t.same(
    merge({ resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } }, { resources: { limits: { cpu: '2' } } }),
    {
      resources: { limits: { cpu: '2' }, requests: null },
    },
  );
});

test('a field that is a new and empty object is told, deeper ones with what has changed around them', async (t) => {
  t.same(merge({ phase: 'Pending' }, { phase: 'Pending', resources: {} }), { resources: {} });
  t.equal(merge({ resources: {} }, { resources: {} }), undefined);
  const statuses = [{ name: 'main', resources: {} }];
  t.same(merge({}, { containerStatuses: statuses }), { containerStatuses: statuses });
  t.equal(merge({ containerStatuses: [{ name: 'main' }] }, { containerStatuses: statuses }), undefined);
});

test('a zero that is false or 0 is told', async (t) => {
  t.same(merge({ ready: true, exitCode: 1 }, { ready: false, exitCode: 0 }), { ready: false, exitCode: 0 });
});

test('a list that has a merge key is merged by it, with the order that is wanted', async (t) => {
  const ready = { type: 'Ready', status: 'False', reason: 'ContainersNotReady' };
  const before = { conditions: [ready, { type: 'Gone', status: 'True' }, { type: 'Same', status: 'True' }] };
  const after = {
    conditions: [
      { type: 'New', status: 'True' },
      { type: 'Same', status: 'True' },
      { type: 'Ready', status: 'True' },
    ],
  };
  t.same(merge(before, after), {
    '$setElementOrder/conditions': [{ type: 'New' }, { type: 'Same' }, { type: 'Ready' }],
    conditions: [
      { type: 'New', status: 'True' },
      { type: 'Ready', status: 'True', reason: null },
      { type: 'Gone', $patch: 'delete' },
    ],
  });
});

test('any other list is replaced', async (t) => {
  t.same(merge({ containerStatuses: [{ name: 'a' }] }, { containerStatuses: [{ name: 'b' }] }), {
    containerStatuses: [{ name: 'b' }],
  });
});
