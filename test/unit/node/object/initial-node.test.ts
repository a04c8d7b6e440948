import { test } from 'tap';
import { schema } from '../../../../daemon/config/schema.ts';
import { nodeImages } from '../../../../daemon/node/object/images.ts';
import { initialNode } from '../../../../daemon/node/object/initial-node.ts';
import { statusInputs } from '../../../support/node-builders.ts';

const config = { ...schema.fallback, nodeName: 'n1' };
const NOW = Date.parse('2026-11-21T20:00:00.123Z');

test('the Node is made as the kubelet makes it, with the taints of a host that runs static pods only', async (t) => {
  const time = '2026-11-21T20:00:00Z';
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  });
  t.same(initialNode(config, statusInputs(), NOW), {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'n1',
      labels: {
        'kubernetes.io/hostname': 'n1',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'beta.kubernetes.io/arch': 'amd64',
      },
    },
    spec: {
      taints: [
        { key: 'bootlet.io/static-pods-only', effect: 'NoSchedule' },
        { key: 'bootlet.io/static-pods-only', effect: 'NoExecute' },
      ],
    },
    status: {
      capacity: {
        cpu: '2',
        memory: '8148232Ki',
        'ephemeral-storage': '47093746742',
        'hugepages-2Mi': '0',
        pods: '110',
      },
      allocatable: {
        cpu: '1900m',
        memory: '8045832Ki',
        'ephemeral-storage': '42384372067',
        'hugepages-2Mi': '0',
        pods: '110',
      },
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'bootlet is posting ready status'),
      ],
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'Hostname', address: 'n1' },
      ],
      nodeInfo: {
        machineID: 'machine-1',
        systemUUID: 'uuid-1',
        bootID: 'boot-1',
        kernelVersion: '6.1.0',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        containerRuntimeVersion: 'docker://20.10.24',
        kubeletVersion: 'v1.36.3+bootlet.0.1.0',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
      images: [],
    },
  });
});

test('configured labels, taints and the provider id are on it', async (t) => {
  const node = {
    ...config.node,
    labels: { pool: 'a', 'kubernetes.io/hostname': 'other' },
    taints: [
      { key: 'a', value: 'b', effect: 'PreferNoSchedule' as const },
      { key: 'bootlet.io/static-pods-only', value: 'x', effect: 'NoSchedule' as const },
    ],
    providerID: 'metal://r1/u2',
  };
  t.match(initialNode({ ...config, node }, statusInputs(), NOW), {
    metadata: { labels: { pool: 'a', 'kubernetes.io/hostname': 'other', 'kubernetes.io/os': 'linux' } },
    spec: {
      providerID: 'metal://r1/u2',
      taints: [
        { key: 'a', value: 'b', effect: 'PreferNoSchedule' },
        { key: 'bootlet.io/static-pods-only', value: 'x', effect: 'NoSchedule' },
        { key: 'bootlet.io/static-pods-only', effect: 'NoExecute' },
      ],
    },
  });
});

test('beside a kubelet the host takes pods of the scheduler, so that nothing keeps them away', async (t) => {
  t.same(initialNode({ ...config, mode: 'companion' }, statusInputs(), NOW).spec, {});
});

test('of the images the largest fifty are told, with five names at most each, and none without a name', async (t) => {
  const images = Array.from({ length: 60 }, (_, i) => ({
    names: Array.from({ length: 4 }, (_, n) => `r/i${i}:${n}`),
    digests: [`r/i${i}@sha256:0`, `r/i${i}@sha256:1`],
    sizeBytes: i === 59 ? 58 : i,
  }));
  const nameless = { names: [], digests: [], sizeBytes: 1000 };
  const told =
    initialNode(config, statusInputs({ images: nodeImages([nameless, ...images]) }), NOW).status?.images ?? [];
  t.equal(told.length, 50);
  t.same(told[0], {
    names: ['r/i58@sha256:0', 'r/i58@sha256:1', 'r/i58:0', 'r/i58:1', 'r/i58:2'],
    sizeBytes: 58,
  });
  t.equal(told[1]?.names?.[0], 'r/i59@sha256:0', 'of one size the names decide');
});
