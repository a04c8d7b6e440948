import { test } from 'tap';
import { allocatableOf } from '../../../../daemon/pods/admission/allocatable.ts';

const none = { maxPods: 110, reserved: { system: {}, kube: {} }, evictionHard: {} };
const capacity = new Map([
  ['cpu', 2000n],
  ['memory', 1000n],
  ['ephemeral-storage', 500n],
]);

test('pods may ask for what the host has, and there may be so many of them', async (t) => {
  t.same(allocatableOf(capacity, none), new Map([...capacity, ['pods', 110n]]));
});

test('what is reserved, and what eviction keeps free, is not theirs', async (t) => {
  const reserved = { system: { cpu: '100m', memory: '1' }, kube: { cpu: '1', 'ephemeral-storage': '10' } };
  const evictionHard = { 'memory.available': '99', 'nodefs.available': '10%' };
  t.same(
    allocatableOf(capacity, { maxPods: 5, reserved, evictionHard }),
    new Map([
      ['cpu', 900n],
      ['memory', 900n],
      ['ephemeral-storage', 440n],
      ['pods', 5n],
    ]),
  );
});

test('memory that huge pages hold is no memory, and nothing is less than none', async (t) => {
  const huge = new Map([
    ['memory', 1000n],
    ['hugepages-2Mi', 600n],
  ]);
  t.same(
    allocatableOf(huge, none),
    new Map([
      ['memory', 400n],
      ['hugepages-2Mi', 600n],
      ['pods', 110n],
    ]),
  );
  const reserved = { system: { cpu: '9' }, kube: {} };
  t.equal(allocatableOf(capacity, { ...none, reserved }).get('cpu'), 0n);
});
