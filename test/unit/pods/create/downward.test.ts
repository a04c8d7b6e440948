import { test } from 'tap';
import { fieldValue, resourceValue } from '../../../../daemon/pods/create/downward.ts';
import type { Container, PodSpec } from '../../../../daemon/pods/v1.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

const addresses = { podIPs: ['10.0.0.2', 'fd00::2'], hostIPs: ['192.0.2.1', 'fd00::1'] };

test('lists of addresses are joined by commas', async (t) => {
  t.equal(fieldValue(aPod(), 'status.podIPs', addresses), '10.0.0.2,fd00::2');
  t.equal(fieldValue(aPod(), 'status.hostIPs', addresses), '192.0.2.1,fd00::1');
});

test('all labels are a sorted list, quoted as Go quotes', async (t) => {
  const pod = aPod();
  const labels = { b: 'x"y\\', a: 'é\n\u0007\u007f\u200b' };
  t.equal(
    fieldValue({ ...pod, metadata: { ...pod.metadata, labels } }, 'metadata.labels', addresses),
    'a="é\\n\\a\\x7f\\u200b"\nb="x\\"y\\\\"',
  );
});

const allocatable = new Map([
  ['cpu', 4000n],
  ['memory', 8_000_000n],
]);

const value = (
  selector: { resource: string; divisor?: string; containerName?: string },
  resources: NonNullable<Container['resources']> = {},
  more: Partial<PodSpec> = {},
) => {
  const container = aContainer('main', { resources });
  return resourceValue(aPod({ containers: [container], ...more }), container, selector, { allocatable });
};

test('an amount is counted in units of the divisor and rounded up', async (t) => {
  const resources = { limits: { cpu: '1500m', memory: '65Mi' }, requests: { cpu: '25m' } };
  t.equal(value({ resource: 'limits.cpu' }, resources), '2');
  t.equal(value({ resource: 'limits.cpu', divisor: '1m' }, resources), '1500');
  t.equal(value({ resource: 'requests.cpu', divisor: '0' }, resources), '1');
  t.equal(value({ resource: 'limits.memory', divisor: '1k' }, resources), '68158');
  t.equal(value({ resource: 'limits.memory', divisor: '1Gi' }, resources), '1');
  t.equal(value({ resource: 'limits.hugepages-2Mi', divisor: '1Mi' }, { limits: { 'hugepages-2Mi': '4Mi' } }), '4');
});

test('a limit that is not set is the pod’s, else what the host has; a request that is not set is 0', async (t) => {
  t.equal(value({ resource: 'limits.cpu' }), '4');
  t.equal(value({ resource: 'limits.memory' }), '8000000');
  t.equal(value({ resource: 'limits.memory' }, {}, { resources: { limits: { memory: '1M' } } }), '1000000');
  t.equal(value({ resource: 'requests.cpu' }), '0');
});

test('another container’s resources are read by its name; an init container’s limits have no default', async (t) => {
  const more = { containers: [aContainer('main'), aContainer('other')], initContainers: [aContainer('init')] };
  t.equal(value({ resource: 'limits.cpu', containerName: 'other' }, {}, more), '4');
  t.equal(value({ resource: 'limits.cpu', containerName: 'init' }, {}, more), '0');
  t.throws(() => value({ resource: 'limits.cpu', containerName: 'none' }), { message: 'container none not found' });
});
