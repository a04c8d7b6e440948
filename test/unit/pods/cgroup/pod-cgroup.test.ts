import { test } from 'tap';
import { podCgroupLimits, podCgroupPath } from '../../../../daemon/pods/cgroup/pod-cgroup.ts';
import type { Container } from '../../../../daemon/pods/v1.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

type Resources = NonNullable<Container['resources']>;
const containersOf = (...all: Resources[]) => all.map((resources, i) => aContainer(`c${i}`, { resources }));
const limitsOf = (...all: Resources[]) => podCgroupLimits(aPod({ containers: containersOf(...all) }));
/** What every pod has that asks for none of it. */
const none = { swapBytes: 0, hugePages: new Map() };

test('a pod lies in the group of its class, a guaranteed one beside the classes', async (t) => {
  const whole = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } };
  t.same(podCgroupPath(aPod()), ['besteffort', 'poduid-1']);
  t.same(podCgroupPath(aPod({ containers: containersOf(whole, {}) })), ['burstable', 'poduid-1']);
  t.same(podCgroupPath(aPod({ containers: containersOf(whole) })), ['poduid-1']);
});

test('a pod has the sum of its containers’ limits where each of them has one', async (t) => {
  const some = { requests: { cpu: '100m' }, limits: { cpu: '500m', memory: '32Mi' } };
  t.same(limitsOf(some, some), {
    cpuShares: 204,
    cpuQuota: 100_000,
    memoryBytes: 64 * 1024 ** 2,
    ...none,
  });
  t.same(limitsOf(some, { limits: { cpu: '1' } }), { cpuShares: 102, cpuQuota: 150_000, ...none });
  t.same(limitsOf(some, {}), { cpuShares: 102, ...none });
});

test('no pod may swap', async (t) => {
  for (const requests of [{}, { memory: '1Mi' }]) t.match(limitsOf({ requests }), { swapBytes: 0 });
});

test('a limit of the pod itself holds whatever its containers have', async (t) => {
  const pod = aPod({ containers: [aContainer()], resources: { limits: { cpu: '2' }, requests: { cpu: '1' } } });
  t.same(podCgroupLimits(pod), { cpuShares: 1024, cpuQuota: 200_000, ...none });
});

test('huge pages are limited to what was asked for, overhead to what it adds', async (t) => {
  const huge = { requests: { cpu: '1', 'hugepages-2Mi': '4Mi' }, limits: { cpu: '1', 'hugepages-2Mi': '4Mi' } };
  const pod = aPod({ containers: containersOf(huge), overhead: { cpu: '1', memory: '1Mi' } });
  t.same(podCgroupLimits(pod), {
    cpuShares: 2048,
    cpuQuota: 200_000,
    swapBytes: 0,
    hugePages: new Map([['2Mi', 4n * 1024n ** 2n]]),
  });
});

test('whatever the uid of a pod, its group has a name that systemd takes', async (t) => {
  for (const uid of ['a_b', 'a b:c', 'ünï', 'x.removed'])
    t.match(podCgroupPath(aPod({}, uid)), ['besteffort', /^poduid\.[0-9a-f]{32}$/], uid);
});
