import { test } from 'tap';
import { containerResources } from '../../../../daemon/pods/create/resources.ts';
import type { Container, PodSpec } from '../../../../daemon/pods/v1.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

const CAPACITY = 4 * 1024 ** 3;
const resourcesOf = (resources: NonNullable<Container['resources']>, more: Partial<PodSpec> = {}) => {
  const container = aContainer('main', { resources });
  return containerResources(aPod({ containers: [container], ...more }), container, CAPACITY);
};

test('cpu becomes shares by what is asked for and a quota by the limit', async (t) => {
  t.match(resourcesOf({ requests: { cpu: '500m' }, limits: { cpu: '2' } }), { cpuShares: 512, cpuQuota: 200_000 });
  t.match(resourcesOf({ limits: { cpu: '1' } }), { cpuShares: 1024, cpuQuota: 100_000 });
  t.match(resourcesOf({ limits: { cpu: '1m' } }), { cpuShares: 2, cpuQuota: 1000 });
});

test('memory is limited in bytes, and only where there is a limit', async (t) => {
  t.equal(resourcesOf({ limits: { memory: '64Mi' } }).memoryBytes, 64 * 1024 ** 2);
  t.equal(resourcesOf({ requests: { memory: '64Mi' } }).memoryBytes, undefined);
});

test('who asks for less memory is killed sooner when it runs out', async (t) => {
  t.equal(resourcesOf({}).oomScoreAdj, 1000);
  t.equal(resourcesOf({ limits: { cpu: '1', memory: '1Gi' } }).oomScoreAdj, -997);
  t.equal(resourcesOf({ requests: { memory: '1Gi' } }).oomScoreAdj, 750);
  t.equal(resourcesOf({ requests: { memory: '4Gi' } }).oomScoreAdj, 3);
  t.equal(resourcesOf({ requests: { memory: '43Mi' } }).oomScoreAdj, 990);
  t.equal(resourcesOf({ requests: { cpu: '1m' } }).oomScoreAdj, 999);
});

test('a pod that is critical for the node is killed last, whatever it asks for', async (t) => {
  t.equal(resourcesOf({}, { priorityClassName: 'system-node-critical' }).oomScoreAdj, -997);
});

test('a sidecar is killed no sooner than the container that asks for least', async (t) => {
  const sidecar = aContainer('log', { restartPolicy: 'Always' });
  const containers = ['1Gi', '2Gi'].map((memory, i) => aContainer(`c${i}`, { resources: { requests: { memory } } }));
  t.equal(containerResources(aPod({ containers, initContainers: [sidecar] }), sidecar, CAPACITY).oomScoreAdj, 750);
});

test('what the pod asks for beyond its containers counts for each of them in equal parts', async (t) => {
  const containers = [aContainer('a', { resources: { requests: { memory: '1Gi' } } }), aContainer('b')];
  const pod = aPod({ containers, resources: { requests: { memory: '3Gi' } } });
  t.same(
    containers.map((c) => containerResources(pod, c, CAPACITY).oomScoreAdj),
    [500, 750],
  );
});

test('a container without a limit has the pod’s', async (t) => {
  const resources = { limits: { cpu: '2', memory: '1Gi' } };
  t.match(resourcesOf({}, { resources }), { cpuQuota: 200_000, cpuShares: 2048, memoryBytes: 1024 ** 3 });
  t.match(resourcesOf({ limits: { cpu: '1' } }, { resources }), { cpuQuota: 100_000, memoryBytes: 1024 ** 3 });
});
