import { test } from 'tap';
import { describeIssue } from '../../../daemon/config/issue.ts';
import { readConfig } from '../../../daemon/config/read.ts';

const read = (node: string) => readConfig([{ path: '/c.yaml', text: `nodeName: n1\nnode:\n${node}` }], 'h');
const faults = (node: string): string[] => read(node).issues.map(describeIssue);

test('labels that a node may not set are refused with the reason and what an administrator does instead', async (t) => {
  t.same(faults('  labels:\n    zone: a\n    node-role.kubernetes.io/worker: ""\n'), [
    '/c.yaml:5:5: node.labels.node-role.kubernetes.io/worker: is a label that the apiserver lets no node set of itself ' +
      '(NodeRestriction); an administrator does: kubectl label node n1 node-role.kubernetes.io/worker=',
  ]);
  for (const key of [
    'node-restriction.kubernetes.io/a',
    'pci.node-restriction.kubernetes.io/a',
    'k8s.io/a',
    'example.k8s.io/a',
    'kubernetes.io/role',
  ])
    t.match(faults(`  labels: {${key}: b}\n`), [/NodeRestriction/], key);
});

test('labels that a node may set are taken: its own domains, the well-known ones and all that are not of Kubernetes', async (t) => {
  for (const key of [
    'role',
    'example.com/role',
    'notkubernetes.io/a',
    'node.kubernetes.io/pool',
    'a.node.kubernetes.io/b',
    'kubelet.kubernetes.io/a',
    'topology.kubernetes.io/zone',
    'kubernetes.io/hostname',
  ])
    t.same(faults(`  labels: {${key}: b}\n`), [], key);
});

test('labels must have the form of labels, and the fault is told where it is written', async (t) => {
  t.match(faults('  labels:\n    "-a": b\n    c: "d e"\n    a/b/c: d\n'), [
    /^\/c\.yaml:4:5: node\.labels\.-a: must be letters/,
    /^\/c\.yaml:5:5: node\.labels\.c: the value must be empty, or letters/,
    /^\/c\.yaml:6:5: node\.labels\.a\/b\/c: must be a name, or a domain/,
  ]);
});

test('taints must have the form of taints, and of one key and effect there is one', async (t) => {
  t.same(faults('  taints:\n    - {key: a, effect: NoExecute}\n    - {key: a, value: b, effect: NoSchedule}\n'), []);
  t.match(faults('  taints:\n    - {key: a}\n    - {key: a, value: b}\n    - {value: "d e"}\n'), [
    /^\/c\.yaml:5:8: node\.taints\[1\]\.key: is that of taints\[0\] again, with the same effect$/,
    /^\/c\.yaml:6:7: node\.taints\[2\]\.key: must be letters/,
    /^\/c\.yaml:6:8: node\.taints\[2\]\.value: must be empty/,
  ]);
});

test('a provider id names its provider', async (t) => {
  t.same(faults('  providerID: aws:///eu-1/i-1\n'), []);
  t.same(faults('  providerID: i-1\n'), ['/c.yaml:3:3: node.providerID: must be like PROVIDER://ID']);
});

test('a name that cannot be the value of a label is refused where there is a cluster', async (t) => {
  const long = `${'a'.repeat(60)}.example`;
  const cluster = 'cluster: {servers: [https://a:6443], caFile: /ca.crt}\n';
  const read = (text: string) => readConfig([{ path: '/c.yaml', text }], 'h').issues.map(describeIssue);
  t.match(read(`nodeName: ${long}\n${cluster}`), [
    /^\/c\.yaml:1:1: nodeName: as the label kubernetes.io\/hostname of the Node is longer than 63 characters/,
  ]);
  t.same(read(`nodeName: ${long}\n`), []);
});
