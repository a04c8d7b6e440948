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
  t.equal(resourcesOf({ requests: { memory: '4Gi' } }).oomScoreAdj, 2);
  t.equal(resourcesOf({ requests: { cpu: '1m' } }).oomScoreAdj, 999);
});

test('a pod that is critical for the node is killed last, whatever it asks for', async (t) => {
  t.equal(resourcesOf({}, { priorityClassName: 'system-node-critical' }).oomScoreAdj, -997);
});
