import fc from 'fast-check';
import { test } from 'tap';
import { readManifest } from '../../../../daemon/pods/manifest/read.ts';
import { aManifest, faultsOf, read } from './support.ts';

test('what a manifest leaves out is filled in as Kubernetes does', async (t) => {
  const result = read(
    aManifest({ container: '    readinessProbe: {httpGet: {port: 80}}\n', spec: '  volumes:\n  - name: data\n' }),
  );
  t.match(result.ok && result.pod.pod.spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    enableServiceLinks: true,
    volumes: [{ name: 'data', emptyDir: {} }],
    containers: [
      {
        imagePullPolicy: 'IfNotPresent',
        terminationMessagePath: '/dev/termination-log',
        readinessProbe: { periodSeconds: 10, failureThreshold: 3, httpGet: { path: '/', scheme: 'HTTP' } },
      },
    ],
  });
});

test('a resource without a divisor is given the one that Kubernetes shows', async (t) => {
  const container = '    env: [{name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]\n';
  const result = readManifest(Buffer.from(aManifest({ container })), { nodeName: 'node1' });
  t.match(result.ok && result.pod.pod.spec.containers[0]?.env, [{ valueFrom: { resourceFieldRef: { divisor: '0' } } }]);
});

test('a pod on the host network has its container ports on the host, and limits are requests too', async (t) => {
  const container = '    ports: [{containerPort: 80}]\n    resources: {limits: {cpu: 100m}}\n';
  const result = read(aManifest({ container, spec: '  hostNetwork: true\n' }));
  const [main] = result.ok ? result.pod.pod.spec.containers : [];
  t.match(main, {
    ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
    resources: { requests: { cpu: '100m' } },
  });
});

test('every fault is reported at once with its line and column, misspelt names before what they are the reason of', async (t) => {
  t.same(
    faultsOf(
      aManifest({
        container: '    imagePullPolcy: Never\n    ports:\n    - containerPort: 99999\n',
        spec: '  nope: 1\n',
      }),
    ),
    [
      'spec.containers[0].imagePullPolcy@9:5 E_FIELD_UNKNOWN',
      'spec.nope@12:3 E_FIELD_UNKNOWN',
      'spec.containers[0].ports[0].containerPort@11:22 E_FIELD_INVALID',
    ],
  );
});

test('what is missing is reported at the nearest thing that is there', async (t) => {
  t.same(faultsOf(aManifest({ container: '  - image: i\n' })), ['spec.containers[1].name@9:5 E_FIELD_REQUIRED']);
});

test('a near miss is answered with what was probably meant', async (t) => {
  const hintOf = (text: string) => {
    const result = read(text);
    return result.ok ? undefined : result.errors[0]?.hint;
  };
  t.equal(hintOf(aManifest({ spec: '  hostnetwork: true\n' })), "did you mean 'hostNetwork'?");
  t.equal(hintOf(aManifest({ spec: '  restartPolicy: Allways\n' })), "did you mean 'Always'?");
  t.equal(hintOf(aManifest({ container: '    env: [{name: A, value: 1}]\n' })), 'put it in quotes');
});

test('a wrong type is reported alone, as no rule can be checked on what is not there', async (t) => {
  t.same(faultsOf(aManifest({ spec: '  hostNetwork: "true"\n  restartPolicy: Maybe\n' })), [
    'spec.hostNetwork@9:16 E_FIELD_TYPE',
  ]);
});

test('an empty hostPath is refused with what it should be', async (t) => {
  const result = read(aManifest({ spec: '  volumes:\n  - name: data\n    hostPath: {path: ""}\n' }));
  t.match(!result.ok && result.errors, [
    {
      field: 'spec.volumes[0].hostPath.path',
      line: 11,
      code: 'E_FIELD_REQUIRED',
      message: /path of a file or directory on the host/,
    },
  ]);
});

test('a second document is a warning with its line, and nothing of it is read', async (t) => {
  const result = read(`${aManifest()}---\nkind: [\n`);
  t.match(result, { ok: true, warnings: [{ line: 9, column: 1, code: 'E_MANIFEST_EXTRA_DOCUMENT' }] });
});

test('what is no Pod is refused for what it says it is', async (t) => {
  t.same(faultsOf('apiVersion: v1\nkind: Pot\n'), ['kind@2:7 E_MANIFEST_KIND']);
  t.same(faultsOf('[]'), ['@1:1 E_MANIFEST_KIND']);
  t.same(faultsOf(''), ['@1:1 E_MANIFEST_KIND']);
  t.same(faultsOf('a: [b\n'), ['@2:1 E_MANIFEST_SYNTAX']);
});

test('whatever lives in the API is refused', async (t) => {
  const spec = '  serviceAccountName: me\n  volumes:\n  - name: conf\n    configMap: {name: x}\n';
  t.same(faultsOf(aManifest({ spec })), [
    'spec.serviceAccountName@9:23 E_MANIFEST_REFERENCE',
    'spec.volumes[0].configMap@12:5 E_MANIFEST_REFERENCE',
  ]);
});

test('arbitrary bytes are answered, with a pod or with faults that have a place', async (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, (given) => {
      const result = read(given);
      return result.ok || result.errors.every(({ line, column }) => line >= 1 && column >= 1);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('a manifest with a piece cut out or put in is answered, never thrown at', async (t) => {
  const text = aManifest({
    container: '    args: ["--a", {}]\n    env: [{name: A, value: "b"}]\n',
    spec: '  volumes: [{name: d}]\n',
  });
  const piece = fc.oneof(
    fc.constantFrom('\t', '"', "'", '{', '[', '&a ', '*a', '|', '>', '!', '%', '\n', ': ', '- ', '<<: '),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(20), piece, (at, cut, put) => {
      const result = read(text.slice(0, at) + put + text.slice(at + cut));
      return result.ok || result.errors.length > 0;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('thousands of faults are counted, not listed', async (t) => {
  const result = read(aManifest({ container: `    env:\n${'    - {value: x}\n'.repeat(5000)}` }));
  t.match(!result.ok && result.errors.at(-1), {
    code: 'E_MANIFEST_INVALID',
    message: 'there are 4800 more faults, which are not listed',
  });
});
