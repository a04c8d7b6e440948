import fc from 'fast-check';
import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { nodeImages } from '../../../../daemon/node/object/images.ts';
import { type OwnStatus, ownStatus, type StatusInputs } from '../../../../daemon/node/object/status.ts';
import { statusPatch } from '../../../../daemon/node/object/status-patch.ts';
import { healthy, someFacts, statusInputs } from '../../../support/node-builders.ts';

const MINUTE = 60_000;
const nodeWith = (status: OwnStatus): Node => ({ metadata: { name: 'n1', labels: { os: 'linux' } }, status });
const now = (inputs: StatusInputs, node: Node | undefined, at: number): OwnStatus =>
  ownStatus(inputs, node?.status?.conditions ?? [], at);

test('a status that says nothing new is no change, and its patch is a heartbeat', async (t) => {
  const node = nodeWith(now(statusInputs(), undefined, 0));
  const { isChange, body } = statusPatch(node, now(statusInputs(), node, 5 * MINUTE));
  t.equal(isChange, false);
  t.match(body, {
    status: {
      conditions: [
        {
          type: 'MemoryPressure',
          lastHeartbeatTime: '1970-01-01T00:05:00Z',
          lastTransitionTime: '1970-01-01T00:00:00Z',
        },
        { type: 'DiskPressure' },
        { type: 'PIDPressure' },
        { type: 'Ready', lastHeartbeatTime: '1970-01-01T00:05:00Z', lastTransitionTime: '1970-01-01T00:00:00Z' },
      ],
    },
  });
  t.same(Object.keys(Object(body['status'])), ['$setElementOrder/conditions', 'conditions']);
});

test('lastTransitionTime moves when the status flips, and not when only the reason does', async (t) => {
  const node = nodeWith(now(statusInputs(), undefined, 0));
  const down = statusInputs({ health: { ...healthy, runtime: { ready: false, message: 'no answer' } } });
  const flipped = now(down, node, MINUTE);
  t.match(flipped.conditions.at(-1), {
    type: 'Ready',
    status: 'False',
    reason: 'RuntimeNotReady',
    message: /no answer/,
    lastTransitionTime: '1970-01-01T00:01:00Z',
  });
  const network = { state: 'waiting', reason: 'NoPodCIDR', message: 'no range yet' } as const;
  const other = statusInputs({ health: { ...healthy, network } });
  const later = nodeWith(flipped);
  t.match(now(other, later, 2 * MINUTE).conditions.at(-1), {
    reason: 'NetworkNotReady',
    message: /NoPodCIDR: no range yet/,
    lastTransitionTime: '1970-01-01T00:01:00Z',
  });
  t.equal(statusPatch(later, now(other, later, 2 * MINUTE)).isChange, true);
});

test('what was not looked at yet makes the node not ready, and no pressure is claimed', async (t) => {
  const unknown = { pressures: new Map(), runtime: undefined, network: undefined };
  t.match(now(statusInputs({ health: unknown }), undefined, 0).conditions, [{ type: 'Ready', status: 'False' }]);
});

test('conditions of others stay, and Ready is the last of all', async (t) => {
  const status = now(statusInputs(), undefined, 0);
  const foreign = { type: 'NetworkUnavailable', status: 'False', reason: 'RouteCreated' };
  const node = nodeWith({ ...status, conditions: [...status.conditions, foreign] });
  const { isChange, body } = statusPatch(node, now(statusInputs(), node, MINUTE));
  t.equal(isChange, false);
  t.match(body, {
    status: {
      '$setElementOrder/conditions': [
        { type: 'NetworkUnavailable' },
        { type: 'MemoryPressure' },
        { type: 'DiskPressure' },
        { type: 'PIDPressure' },
        { type: 'Ready' },
      ],
    },
  });
  t.notMatch(JSON.stringify(body), 'RouteCreated');
});

test('addresses are replaced, never merged', async (t) => {
  const node = nodeWith(now(statusInputs(), undefined, 0));
  const { body } = statusPatch(node, now(statusInputs({ hostIPs: ['10.0.0.2', 'fd00::2'] }), node, 0));
  t.match(body, {
    status: {
      addresses: [
        { type: 'InternalIP', address: '10.0.0.2' },
        { type: 'InternalIP', address: 'fd00::2' },
        { type: 'Hostname', address: 'n1' },
        { $patch: 'replace' },
      ],
    },
  });
});

test('resources that others advertise stay, sizes of huge pages that the host lost go', async (t) => {
  const status = now(statusInputs(), undefined, 0);
  const capacity = { ...status.capacity, 'example.com/gpu': '2', 'hugepages-1Gi': '0', memory: '8343789568' };
  const node = nodeWith({ ...status, capacity });
  const { isChange, body } = statusPatch(node, now(statusInputs(), node, 0));
  t.equal(isChange, true);
  t.match(body, { status: { capacity: { 'hugepages-1Gi': null } } });
  t.notMatch(JSON.stringify(body), /gpu|"memory"/, 'an amount that is written otherwise is the same');
});

test('a kubelet’s port that nobody serves any more is taken back', async (t) => {
  const node = nodeWith(now(statusInputs(), undefined, 0));
  const left = { ...node, status: { ...node.status, daemonEndpoints: { kubeletEndpoint: { Port: 10250 } } } };
  t.match(statusPatch(left, now(statusInputs(), left, 0)), {
    isChange: true,
    body: { status: { daemonEndpoints: { kubeletEndpoint: { Port: 0 } } } },
  });
  const none = { ...node, status: { ...node.status, daemonEndpoints: { kubeletEndpoint: { Port: 0 } } } };
  t.equal(statusPatch(none, now(statusInputs(), none, 0)).isChange, false);
});

test('swap that was turned off is taken back, and a new boot is told', async (t) => {
  const swapping = statusInputs({ facts: { ...someFacts, swapBytes: 4096 } });
  const node = nodeWith(now(swapping, undefined, 0));
  const rebooted = statusInputs({ facts: { ...someFacts, bootID: 'boot-2' } });
  t.same(Object(statusPatch(node, now(rebooted, node, 0)).body['status']).nodeInfo, { swap: null, bootID: 'boot-2' });
});

test('labels that a node must have are put right with the status', async (t) => {
  const node = nodeWith(now(statusInputs(), undefined, 0));
  const { isChange, body } = statusPatch(node, now(statusInputs(), node, 0), { os: 'linux', arch: 'amd64' });
  t.equal(isChange, true);
  t.same(body['metadata'], { labels: { arch: 'amd64' } });
});

test('whatever a host has, its own status is never a change to itself', async (t) => {
  const amounts = fc
    .uniqueArray(fc.tuple(fc.constantFrom('cpu', 'memory', 'pods', 'hugepages-2Mi'), fc.bigInt(0n, 2n ** 60n)), {
      selector: ([name]) => name,
    })
    .map((entries) => new Map(entries));
  const image = fc.record({
    names: fc.array(fc.string()),
    digests: fc.array(fc.string()),
    sizeBytes: fc.nat(),
  });
  fc.assert(
    fc.property(amounts, amounts, fc.array(image), fc.nat(), fc.nat(), (capacity, allocatable, images, at, later) => {
      const inputs = statusInputs({ capacity, allocatable, images: nodeImages(images) });
      const node = nodeWith(now(inputs, undefined, at));
      const received = JSON.parse(JSON.stringify(node)) as Node;
      return !statusPatch(received, now(inputs, received, at + later)).isChange;
    }),
  );
  t.pass();
});
