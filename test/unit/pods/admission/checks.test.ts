import { test } from 'tap';
import { rejectionOf } from '../../../../daemon/pods/admission/checks.ts';
import { occupy, unoccupied } from '../../../../daemon/pods/admission/occupancy.ts';
import type { Pod } from '../../../../daemon/pods/v1.ts';
import { aNode, type WantedOptions, wanted } from '../../../support/pod-admission.ts';
import { aContainer } from '../../../support/pod-builders.ts';

const podOf = (options: WantedOptions): Pod => wanted('web', options).pod;

/** Why a pod is rejected beside others. */
const rejected = (options: WantedOptions, others: readonly WantedOptions[] = [], node = aNode()) =>
  rejectionOf(
    podOf(options),
    node,
    others.map(podOf).reduce((sum, pod) => occupy(sum, pod), unoccupied),
  );

const asking = (requests: Readonly<Record<string, string>>): WantedOptions => ({
  spec: { containers: [aContainer('main', { resources: { requests } })] },
});

const noRoom = (...missing: readonly string[]) => ({
  reason: 'UnexpectedAdmissionError',
  message: `Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [${missing.map((m) => `(${m}), `).join('')}]`,
});

test('a pod that asks for nothing fits', async (t) => t.equal(rejected({}), undefined));

test('a pod that asks for more than is left is rejected as a critical one, with what is missing', async (t) => {
  t.same(rejected(asking({ cpu: '5000' })), noRoom('res: cpu, q: 4998000'));
  t.same(
    rejected(asking({ cpu: '1', memory: '1Gi' }), [asking({ cpu: '1500m', memory: '1' })]),
    noRoom('res: cpu, q: 500', 'res: memory, q: 1'),
  );
  t.equal(rejected(asking({ cpu: '500m' }), [asking({ cpu: '1500m' })]), undefined);
});

test('what is missing is named in the order of the kubelet', async (t) => {
  const lacking = asking({ 'hugepages-2Mi': '2Mi', memory: '2Gi', cpu: '3' });
  const missing = ['res: cpu, q: 1000', 'res: memory, q: 1073741824', 'res: hugepages-2Mi, q: 2097152'];
  t.same(rejected(lacking), noRoom(...missing));
});

test('one pod more than the node takes is rejected', async (t) => {
  const node = aNode({ allocatable: new Map([['pods', 2n]]) });
  t.equal(rejected({}, [{}], node), undefined);
  t.same(rejected({}, [{}, {}], node), noRoom('res: pods, q: 1'));
});

test('huge pages that the node has not set aside are missing, extended resources are not asked for', async (t) => {
  t.same(rejected(asking({ 'hugepages-2Mi': '4Mi' })), noRoom('res: hugepages-2Mi, q: 4194304'));
  t.equal(rejected(asking({ 'example.com/gpu': '1' })), undefined);
});

test('requests are those of the pod where it has its own, init containers and overhead counted', async (t) => {
  const spec = (more: WantedOptions['spec']) => ({ spec: { ...asking({ cpu: '1' }).spec, ...more } });
  t.equal(rejected(spec({})), undefined);
  t.same(rejected(spec({ overhead: { cpu: '1500m' } })), noRoom('res: cpu, q: 500'));
  t.same(rejected(spec({ resources: { requests: { cpu: '3' } } })), noRoom('res: cpu, q: 1000'));
  t.same(
    rejected(spec({ initContainers: [aContainer('one', { resources: { requests: { cpu: '4' } } })] })),
    noRoom('res: cpu, q: 2000'),
  );
});

const publishing = (
  ...ports: readonly { readonly hostPort: number; readonly hostIP?: string; readonly protocol?: string }[]
) => ({
  spec: { containers: [aContainer('main', { ports: ports.map((port) => ({ containerPort: 80, ...port })) })] },
});

test('a port of the host is given once for each address and protocol', async (t) => {
  const taken = [publishing({ hostPort: 80, hostIP: '10.0.0.1' })];
  const reason = 'NodePorts';
  const message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
  t.same(rejected(publishing({ hostPort: 80 }), taken), { reason, message });
  t.match(rejected(publishing({ hostPort: 80, hostIP: '10.0.0.1' }), taken), { reason });
  t.equal(rejected(publishing({ hostPort: 80, hostIP: '10.0.0.2' }), taken), undefined);
  t.equal(rejected(publishing({ hostPort: 80, protocol: 'UDP' }), taken), undefined);
  t.equal(rejected(publishing({ hostPort: 81 }), taken), undefined);
});

test('where labels do not match, nothing else is said', async (t) => {
  const both = { spec: { ...asking({ cpu: '9' }).spec, nodeSelector: { a: 'b' } } };
  t.match(rejected(both), { reason: 'NodeAffinity' });
});

test('pods of another operating system are rejected', async (t) => {
  t.match(rejected({ spec: { os: { name: 'windows' } } }), { reason: 'PodOSNotSupported' });
  t.equal(rejected({ spec: { os: { name: 'linux' } } }), undefined);
  t.match(rejected({ labels: { 'kubernetes.io/os': 'windows' } }), { reason: 'PodOSSelectorNodeLabelDoesNotMatch' });
  t.equal(rejected({ labels: { 'kubernetes.io/os': 'linux' } }), undefined);
});

test('groups of the pod alone cannot be had', async (t) => {
  const securityContext = { supplementalGroupsPolicy: 'Strict' };
  t.match(rejected({ spec: { securityContext } }), { reason: 'SupplementalGroupsPolicyNotSupported' });
});

test('AppArmor that is asked for must be there', async (t) => {
  const appArmorProfile = { type: 'RuntimeDefault' };
  const reason = 'AppArmor';
  t.match(rejected({ spec: { securityContext: { appArmorProfile } } }), {
    reason,
    message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host',
  });
  const container = aContainer('main', { securityContext: { appArmorProfile } });
  t.match(rejected({ spec: { containers: [container] } }), { reason });
  const annotation = 'container.apparmor.security.beta.kubernetes.io/main';
  t.match(rejected({ annotations: { [annotation]: 'runtime/default' } }), { reason });
  t.equal(rejected({ annotations: { [annotation]: 'unconfined' } }), undefined);
  t.equal(rejected({ spec: { securityContext: { appArmorProfile: { type: 'Unconfined' } } } }), undefined);
  t.equal(rejected({ spec: { securityContext: { appArmorProfile } } }, [], aNode({ appArmor: true })), undefined);
});

test('sysctls that are neither safe nor allowed are forbidden, as are those of a namespace of the host', async (t) => {
  const setting = (name: string, more = {}) => ({
    spec: { securityContext: { sysctls: [{ name, value: '1' }] }, ...more },
  });
  t.same(rejected(setting('kernel.msgmax')), {
    reason: 'SysctlForbidden',
    message: 'forbidden sysctl: "kernel.msgmax" not allowlisted',
  });
  t.equal(rejected(setting('kernel.msgmax'), [], aNode({ unsafeSysctls: ['kernel.msg*'] })), undefined);
  t.equal(rejected(setting('net.ipv4.tcp_syncookies')), undefined);
  t.match(rejected(setting('net.ipv4.tcp_syncookies', { hostNetwork: true })), { reason: 'SysctlForbidden' });
});

test('a node that is short of something takes only pods of the system', async (t) => {
  const short = aNode({ pressures: ['MemoryPressure', 'DiskPressure'] });
  const message = 'The node had condition: [MemoryPressure DiskPressure]. ';
  t.same(rejected({}, [], short), { reason: 'Evicted', message });
  t.match(rejected(asking({ memory: '1Mi' }), [], short), { reason: 'Evicted' });
  for (const spec of [{ priority: 2_000_000_000 }, { priorityClassName: 'system-node-critical' }])
    t.equal(rejected({ spec }, [], short), undefined);
});

test('a node that is short of memory alone takes pods that ask for some, and those that tolerate it', async (t) => {
  const short = aNode({ pressures: ['MemoryPressure'] });
  const key = 'node.kubernetes.io/memory-pressure';
  const tolerating = (toleration: object) => rejected({ spec: { tolerations: [toleration] } }, [], short);
  t.same(rejected({}, [], short), { reason: 'Evicted', message: 'The node had condition: [MemoryPressure]. ' });
  t.equal(rejected(asking({ memory: '1Mi' }), [], short), undefined);
  for (const tolerated of [{ operator: 'Exists' }, { key, operator: 'Exists', effect: 'NoSchedule' }, { key }])
    t.equal(tolerating(tolerated), undefined, JSON.stringify(tolerated));
  for (const other of [
    { operator: 'Exists', effect: 'NoExecute' },
    { key, operator: 'Equal', value: 'x' },
    { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists' },
  ])
    t.match(tolerating(other), { reason: 'Evicted' }, JSON.stringify(other));
});
