import { test } from 'tap';
import { readManifest } from '../../../../daemon/pods/manifest/read.ts';
import { aManifest, faultsOf } from './support.ts';

test('a field that is valid but not carried out yet is refused by its name', async (t) => {
  const text = aManifest({ spec: '  initContainers:\n  - {name: side, image: i, restartPolicy: Always}\n' });
  const unsupported = [{ path: 'spec.initContainers.*.restartPolicy' }];
  const result = readManifest(Buffer.from(text), { nodeName: 'node1', unsupported });
  const field = 'spec.initContainers[0].restartPolicy';
  t.match(result, { ok: false, errors: [{ field, line: 10, column: 43, code: 'E_FIELD_UNSUPPORTED' }] });
});

test('a value that changes nothing is let through', async (t) => {
  const spec =
    '  hostUsers: true\n  nodeSelector: {}\n  subdomain: ""\n  shareProcessNamespace: false\n  affinity: {}\n';
  t.same(faultsOf(aManifest({ spec })), []);
});

test('what the worker does carry out is let through', async (t) => {
  const container = `    env:
    - {name: A, value: b}
    - {name: B, valueFrom: {fieldRef: {fieldPath: "metadata.labels['a']"}}}
    resources: {limits: {cpu: 1, memory: 64Mi}}
    startupProbe: {exec: {command: [x]}}
    livenessProbe: {grpc: {port: 9}}
    securityContext: {privileged: true, seccompProfile: {type: Unconfined}}
    volumeMounts: [{name: host, mountPath: /host, readOnly: true, mountPropagation: HostToContainer}]
`;
  const spec = '  volumes:\n  - {name: host, hostPath: {path: /, type: Directory}}\n  dnsPolicy: Default\n';
  t.same(faultsOf(aManifest({ container, spec })), []);
});

test('without the table the verdict is that of Kubernetes alone', async (t) => {
  const bytes = Buffer.from(aManifest({ spec: '  hostUsers: false\n' }));
  t.equal(readManifest(bytes, { nodeName: 'n', unsupported: [] }).ok, true);
});
