import { test } from 'tap';
import { readManifest } from '../../../../daemon/pods/manifest/read.ts';
import { aManifest } from './support.ts';

const fieldsOf = (text: string): string[] => {
  const result = readManifest(Buffer.from(text), { nodeName: 'node1' });
  return result.ok ? [] : [...new Set(result.errors.map(({ field }) => field))];
};

test('a mount of a volume that was refused is not found either, which is told after the reason', async (t) => {
  const container = '    volumeMounts: [{name: data, mountPath: /d}]\n';
  t.same(fieldsOf(aManifest({ container, spec: '  volumes: [{name: data, hostPath: {}}]\n' })), [
    'spec.volumes[0].hostPath.path',
    'spec.containers[0].volumeMounts[0].name',
  ]);
});

test('a volume that is a device at two paths takes only the last of them from the mounts', async (t) => {
  const at = (mountPath: string) => {
    const container = `    volumeDevices: [{name: disk, devicePath: /a}, {name: disk, devicePath: /b}]
    volumeMounts: [{name: data, mountPath: ${mountPath}}]\n`;
    const volumes = '[{name: data}, {name: disk, persistentVolumeClaim: {claimName: c}}]';
    return fieldsOf(aManifest({ container, spec: `  volumes: ${volumes}\n` }));
  };
  const mountPath = 'spec.containers[0].volumeMounts[0].mountPath';
  t.notOk(at('/a').includes(mountPath));
  t.ok(at('/b').includes(mountPath));
});

test('of several sources of a volume the first in Kubernetes order is checked and the others are refused', async (t) => {
  const spec = '  volumes: [{name: a, nfs: {server: s, path: /x}, hostPath: {path: /y}}]\n';
  t.same(fieldsOf(aManifest({ spec })), ['spec.volumes[0].nfs']);
});

test('host ports are taken once across main containers, but each init container has them to itself', async (t) => {
  const ports = 'ports: [{containerPort: 80, hostPort: 80}]';
  const init = `  initContainers: [{name: a, image: i, ${ports}}, {name: b, image: i, ${ports}}]\n`;
  t.same(fieldsOf(aManifest({ container: `    ${ports}\n  - {name: two, image: i, ${ports}}\n` })), [
    'spec.containers[1].ports[0].hostPort',
  ]);
  t.same(fieldsOf(aManifest({ spec: init })), []);
});

test('a request above its limit is a fault of the requests, and rounding to thousandths comes first', async (t) => {
  const resources = (request: string) =>
    aManifest({ container: `    resources: {limits: {cpu: 1}, requests: {cpu: ${request}}}\n` });
  t.same(fieldsOf(resources('1001m')), ['spec.containers[0].resources.requests']);
  t.same(fieldsOf(resources('0.9999')), []);
});

test('pod-level resources bound the sum of the containers', async (t) => {
  const container = '    resources: {requests: {cpu: 2}}\n';
  t.same(fieldsOf(aManifest({ container, spec: '  resources: {requests: {cpu: 1}}\n' })), [
    'spec.resources.requests[cpu]',
  ]);
  t.same(fieldsOf(aManifest({ container, spec: '  resources: {requests: {cpu: 2}}\n' })), []);
});

test('an IPv4 address inside IPv6, a zone and leading zeros are no addresses', async (t) => {
  const alias = (ip: string) => fieldsOf(aManifest({ spec: `  hostAliases: [{ip: "${ip}"}]\n` }));
  for (const ip of ['::ffff:1.2.3.4', '::ffff:102:304', 'fe80::1%eth0', '010.0.0.1', ''])
    t.same(alias(ip), ['spec.hostAliases[0].ip'], ip);
  for (const ip of ['10.0.0.1', '2001:DB8:0:0::1', '::']) t.same(alias(ip), [], ip);
});

test('a sysctl of a namespace that is shared with the host is refused in either spelling', async (t) => {
  const sysctl = (name: string) =>
    fieldsOf(aManifest({ spec: `  hostNetwork: true\n  securityContext: {sysctls: [{name: ${name}, value: "1"}]}\n` }));
  t.same(sysctl('net.core.somaxconn'), ['spec.securityContext.sysctls[0].name']);
  t.same(sysctl('net/core/somaxconn'), ['spec.securityContext.sysctls[0].name']);
  t.same(sysctl('kernel.shmmax'), []);
});

test('the annotations of old AppArmor and seccomp must agree with the fields', async (t) => {
  const text = aManifest({ container: '    securityContext: {appArmorProfile: {type: Unconfined}}\n' });
  const annotated = (value: string) =>
    text.replace(
      'name: web',
      `name: web\n  annotations: {container.apparmor.security.beta.kubernetes.io/main: ${value}}`,
    );
  t.same(fieldsOf(annotated('runtime/default')), ['spec.containers[0].securityContext.appArmorProfile.type']);
  t.same(fieldsOf(annotated('unconfined')), []);
});
