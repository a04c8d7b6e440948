import fc from 'fast-check';

/** Text of a few characters that formats care for, and of the lengths at which they end. */
const anyText = fc.oneof(
  { withCrossShrink: true },
  fc.constant(''),
  fc.string({ unit: fc.constantFrom(...'aA1-_./:, é\n$()%@=*'), maxLength: 6 }),
  fc.constantFrom(...[15, 16, 63, 64, 253, 254, 255].map((length) => 'x'.repeat(length))),
);

/** Values of other fields, of old and of new versions: good in one place, refused in most. */
const misplaced = fc.constantFrom(
  ...['/etc', '../x', '..x', 'a/../b', '/a:b', 'a.b', '-a', 'a-', 'A_b', 'example.com/x', 'a/b/c', 'kubernetes.io/x'],
  ...['Always', 'Never', 'None', 'Localhost', 'localhost/p', 'runtime/default', 'v1', 'v2', '1', '80', 'http'],
  ...['10.0.0.1', '::1', '::ffff:1.2.3.4', '010.0.0.1', 'fe80::1%eth0', '300.0.0.1', 'DOMAIN\\user', 'a:b', 'a b'],
  ...['metadata.name', 'status.podIP', 'limits.cpu', 'Exists', 'NoExecute', 'SIGTERM', 'SIGRTMIN+3', 'windows'],
  ...[' a', 'a\n', 'host:123', 'Filesystem', 'ReadWriteOnce', 'default', '$(A)', '%2F', '*', '*.a'],
);

export const oddText = fc.oneof(anyText, misplaced);

const texts = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom(...values);

export const usualNames = ['main', 'side', 'prep', 'data', 'conf'] as const;
const names = texts(...usualNames);
const labels = texts('a', 'app', 'tier', 'example.com/role');
const paths = texts('/data', '/etc/conf', '/srv/www', '/');
const relativePaths = texts('a', 'a/b', 'conf.d/x');
const images = texts(
  'web:1',
  'web',
  'lab/web:latest',
  'example.com:5000/lab/web@sha256:0123456789abcdef0123456789abcdef',
);
const resourceFields = texts(
  ...['limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory', 'limits.ephemeral-storage'],
  ...['requests.hugepages-2Mi', 'limits.example.com/gpu'],
);
const fieldPaths = texts(
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'metadata.labels', "metadata.labels['a']"],
  ...["metadata.annotations['example.com/a']", "metadata.labels['a b']", 'metadata.annotations', 'spec.nodeName'],
  ...['spec.serviceAccountName', 'status.hostIP', 'status.podIP', 'status.podIPs', 'status.hostIPs', 'spec.hostname'],
);

/** What a field of text usually holds, by `Type.field` or by the field's name alone; the schema's own lists come on top. */
export const usualTexts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  name: names,
  'ObjectMeta.name': texts('web', 'web.example', 'a1'),
  'ObjectMeta.namespace': texts('default', 'kube-system'),
  'ObjectMeta.generateName': texts('web-'),
  'OwnerReference.apiVersion': texts('v1', 'apps/v1'),
  'OwnerReference.uid': texts('1'),
  'ContainerPort.name': texts('http', 'grpc', 'a-1'),
  'EnvVar.name': texts('A', 'B', 'c.d', '_X', 'A B'),
  'EphemeralContainer.targetContainerName': texts('main', 'side'),
  'HTTPHeader.name': texts('Accept', 'Host', 'X-A'),
  'PodDNSConfigOption.name': texts('ndots', 'edns0'),
  'PodOS.name': texts('linux', 'windows'),
  'Sysctl.name': texts(
    'net.core.somaxconn',
    'kernel/shmmax',
    'kernel.shm_rmid_forced',
    'fs.mqueue.msg_max',
    'net/ipv4/a.b',
  ),
  'VolumeDevice.devicePath': paths,
  apiVersion: texts('v1'),
  conditionType: labels,
  containerName: names,
  devicePath: paths,
  divisor: texts('1', '1Mi'),
  fieldPath: fieldPaths,
  finalizers: texts('example.com/keep'),
  host: texts('localhost', '10.0.0.1'),
  hostIP: texts('10.0.0.1', '::1', '127.0.0.1'),
  hostname: texts('web', 'web-1'),
  hostnameOverride: texts('web', 'web.example'),
  hostnames: texts('a.example', 'b'),
  image: images,
  ip: texts('10.0.0.1', 'fd00::1'),
  iqn: texts('iqn.2001-04.com.example:storage', 'eui.0123456789abcdef', 'naa.62004567BA64678D0123456789ABCDEF'),
  initiatorName: texts('iqn.2001-04.com.example:host', 'eui.0123456789abcdef'),
  key: labels,
  keyType: texts('RSA3072', 'ED25519', 'ECDSAP256'),
  kind: texts('ReplicaSet', 'Managed', 'Event'),
  localhostProfile: texts('a.json', 'a/b', '../a', '/a'),
  matchLabelKeys: labels,
  medium: texts('', 'Memory', 'HugePages', 'HugePages-2Mi', 'HugePages-2M'),
  mismatchLabelKeys: labels,
  mountPath: paths,
  nameservers: texts('10.0.0.1', 'fd00::1', '10.0.0.01'),
  namespaces: texts('default', 'kube-system'),
  'NodeSelectorRequirement.values': texts('x', '5', 'node1'),
  path: paths,
  'FileKeySelector.path': relativePaths,
  'KeyToPath.path': relativePaths,
  'DownwardAPIVolumeFile.path': relativePaths,
  'ClusterTrustBundleProjection.path': relativePaths,
  'ServiceAccountTokenProjection.path': relativePaths,
  keyPath: relativePaths,
  certificateChainPath: relativePaths,
  credentialBundlePath: relativePaths,
  podGroupName: names,
  policy: texts('Always'),
  preference: names,
  prefix: texts('P_', ''),
  priorityClassName: texts('system-node-critical', 'high'),
  procMount: texts('Default', 'Unmasked'),
  recursiveReadOnly: texts('Disabled', 'IfPossible', 'Enabled'),
  reference: images,
  request: names,
  resource: resourceFields,
  'ContainerResizePolicy.resourceName': texts('cpu', 'memory', 'pods'),
  'ContainerResizePolicy.restartPolicy': texts('NotRequired', 'RestartContainer'),
  'Container.restartPolicy': texts('Always', 'Never', 'OnFailure'),
  'ContainerRestartRule.action': texts('Restart', 'RestartAllContainers', 'Terminate'),
  'ContainerRestartRuleOnExitCodes.operator': texts('In', 'NotIn'),
  'Toleration.operator': texts('Exists', 'Equal'),
  'Toleration.effect': texts('NoExecute', 'NoSchedule'),
  'LabelSelectorRequirement.operator': texts('In', 'NotIn', 'Exists', 'DoesNotExist'),
  schedulerName: texts('default-scheduler'),
  seLinuxChangePolicy: texts('Recursive', 'MountOption'),
  'Capabilities.add': texts('NET_ADMIN', 'CAP_SYS_ADMIN', 'SYS_ADMIN', 'ALL'),
  searches: texts('example.com', 'svc.cluster.local', '.', 'a_b.example', 'a.example.'),
  serviceAccountName: texts('default', 'robot'),
  serviceAccount: texts('default', 'robot'),
  signerName: texts('example.com/signer', 'kubernetes.io/kube-apiserver-client-pod', 'example.com/a:b'),
  // The registry refuses what has one; here the manifest's UID is the pod's.
  selfLink: texts('/x'),
  storageClassName: texts('fast', ''),
  subPath: relativePaths,
  subPathExpr: texts('$(A)', 'a/$(B)'),
  targetPortal: texts('10.0.0.1:3260'),
  topologyKey: texts('kubernetes.io/hostname', 'zone'),
  user: texts('admin', 'system_u'),
  volumeName: names,
  values: texts('x', 'y'),
  workingDir: paths,
  runAsUserName: texts('ContainerUser', 'DOMAIN\\user'),
  gmsaCredentialSpecName: texts('spec', 'a.b'),
  accessModes: texts('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'),
};

/** Keys of maps of text, by `Type.field`. */
export const usualKeys: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'ObjectMeta.annotations': texts(
    ...['example.com/a', 'controller.kubernetes.io/pod-deletion-cost', 'scheduler.alpha.kubernetes.io/tolerations'],
    ...['seccomp.security.alpha.kubernetes.io/pod', 'container.seccomp.security.alpha.kubernetes.io/main'],
    ...['container.apparmor.security.beta.kubernetes.io/main', 'container.apparmor.security.beta.kubernetes.io/none'],
    ...['kubernetes.io/config.mirror', 'pod.beta.kubernetes.io/init-containers', 'A/b', 'kubernetes.io/psp'],
  ),
};

/** Values of maps of text, by `Type.field`: what Kubernetes reads out of annotations. */
export const usualMapTexts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'ObjectMeta.annotations': texts(
    ...[
      '1',
      '-1',
      '08',
      '+1',
      '99999999999',
      '',
      'x',
      'runtime/default',
      'unconfined',
      'docker/default',
      'localhost/a',
    ],
    ...['localhost/../a', 'localhost//a', '[]', 'null', '[{}]', '{}', '[{"key":"a","operator":"Exists"}]'],
    ...['[{"Key":"a b","Operator":"Bad"}]', '[{"key":1}]', '[{"operator":"Exists","tolerationSeconds":3}]', '"x"'],
  ),
};

export const labelKeys = labels;
export const labelValues = texts('x', '', 'a.b');

export const usualResources = texts(
  'cpu',
  'memory',
  'cpu',
  'memory',
  'ephemeral-storage',
  'hugepages-2Mi',
  'example.com/gpu',
);
export const oddResources = texts(
  ...['hugepages-', 'hugepages-1Gi', 'hugepages-3', 'pods', 'storage', 'kubernetes.io/batch', 'requests.cpu', 'CPU'],
  ...['requests.example.com/x', 'a b', '', 'hugepages-2Mi/x', 'attachable-volumes-x', 'x'.repeat(64)],
);

export const usualQuantities: fc.Arbitrary<string | number> = fc.constantFrom(
  '1',
  '100m',
  '64Mi',
  '1Gi',
  '2',
  '4Mi',
  1,
  2,
);
export const oddQuantities: fc.Arbitrary<string | number> = fc.constantFrom(
  ...['0', '-1', '-1n', '0.5', '1.5', '1e3', '1E', '1e-3', '1k', '1K', '1Ki', '0.1m', '500u', '5', '.', '', '+1', '1 '],
  ...[
    '3Mi',
    '1.5Mi',
    '1025',
    '+1k',
    '01',
    '1.',
    '1000',
    '1.000',
    '0.001M',
    '1024Ki',
    '7Pi',
    '0.0000000001',
    '1_000',
    'Mi',
  ],
  0.5,
  -1,
  1e15,
);

export const usualIntegers: Readonly<Record<string, fc.Arbitrary<number>>> = {
  containerPort: fc.constantFrom(80, 8080, 443),
  defaultMode: fc.constantFrom(0, 0o644, 0o777),
  mode: fc.constantFrom(0, 0o644, 0o777),
  hostPort: fc.constantFrom(80, 8080, 443, 0),
  port: fc.constantFrom(80, 8080),
  expirationSeconds: fc.constantFrom(600, 3600),
  maxExpirationSeconds: fc.constantFrom(3600, 86400),
  weight: fc.constantFrom(1, 50, 100),
  successThreshold: fc.constantFrom(1, 1, 2),
  terminationGracePeriodSeconds: fc.constantFrom(1, 10, 30),
};
export const smallIntegers = fc.constantFrom(1, 2, 5, 10, 30);
export const oddIntegers = fc.constantFrom(
  ...[0, -1, 3, 101, 255, 256, 511, 512, 599, 3599, 65_535, 65_536, 604_801, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 33],
);
