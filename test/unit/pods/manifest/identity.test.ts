import fc from 'fast-check';
import { test } from 'tap';
import { parse, stringify } from 'yaml';
import { aManifest, read } from './support.ts';

const uidOf = (text: string, node?: string): string => {
  const result = read(text, node);
  return result.ok ? result.pod.uid : `refused: ${result.errors[0]?.message}`;
};

test('a static pod is named after its node and carries the marks of the kubelet', async (t) => {
  const result = read(aManifest());
  if (!result.ok) throw new Error(result.errors[0]?.message);
  const { uid, pod } = result.pod;
  t.match(uid, /^[0-9a-f]{32}$/);
  t.match(pod, {
    metadata: {
      name: 'web-node1',
      namespace: 'default',
      uid,
      annotations: { 'kubernetes.io/config.hash': uid, 'kubernetes.io/config.source': 'file' },
    },
    spec: { nodeName: 'node1', tolerations: [{ operator: 'Exists', effect: 'NoExecute' }] },
    status: { phase: 'Pending' },
  });
});

const withUid = (uid: string) => aManifest().replace('name: web', `name: web\n  uid: "${uid}"`);

test('an explicit UID is kept and is the hash', async (t) => {
  const uid = 'mine';
  const pod = { metadata: { uid, annotations: { 'kubernetes.io/config.hash': uid } } };
  t.match(read(withUid(uid)), { pod: { uid, pod } });
  t.match(uidOf(withUid('')), /^[0-9a-f]{32}$/, 'an empty one is none');
});

test('an explicit UID that would lead out of a folder is refused', async (t) => {
  for (const uid of ['../../etc', '.', '..', 'a/b', 'a'.repeat(64)])
    t.match(read(withUid(uid)), { errors: [{ field: 'metadata.uid', line: 5, code: 'E_FIELD_INVALID' }] }, uid);
});

test('comments, white space, the order of keys and the notation change no UID', async (t) => {
  const text = aManifest();
  const uid = uidOf(text);
  const object: Record<string, unknown> = parse(text);
  t.equal(uidOf(`# note\n${text}\n`), uid);
  t.equal(uidOf(JSON.stringify(object)), uid);
  t.equal(uidOf(stringify(object, { indent: 4, sortMapEntries: true })), uid);
  t.equal(uidOf(aManifest({ spec: '  hostname:\n' })), uid, 'nor does null');
});

test('the content and the node make the UID', async (t) => {
  const uid = uidOf(aManifest());
  t.not(uidOf(aManifest({ spec: '  hostname: other\n' })), uid);
  t.not(uidOf(aManifest(), 'node2'), uid);
});

test('null in a map of the user’s own keys is its zero value, so it makes another UID than its absence', async (t) => {
  const manifest = (metadata: object, container: object) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', ...metadata },
      spec: { containers: [{ name: 'main', image: 'i', ...container }] },
    });
  const requests = (list: object) => manifest({}, { resources: { requests: list } });
  t.not(uidOf(requests({ memory: null })), uidOf(requests({})));
  t.match(read(requests({ memory: null })), {
    pod: { pod: { spec: { containers: [{ resources: { requests: { memory: '0' } } }] } } },
  });
  t.not(uidOf(manifest({ labels: { a: null } }, {})), uidOf(manifest({ labels: {} }, {})));
  t.equal(
    uidOf(manifest({ labels: null }, { resources: null })),
    uidOf(manifest({}, {})),
    'a field that is null is none',
  );
});

test('the UID comes of what the user wrote: defaults of another version of bootlet do not change it', async (t) => {
  // These are the UIDs of the first version. Where this fails, an upgrade would restart every pod.
  t.equal(uidOf(aManifest(), 'node1'), '66cfe6d0b6a65e5250aff89af37a8832');
  t.equal(
    uidOf(aManifest({ spec: '  terminationGracePeriodSeconds: 30\n' }), 'node1'),
    '5283c763747dddd73104da58b4023ba2',
  );
});

test('any labels keep their UID in any order and notation', async (t) => {
  const labels = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z0-9]{0,8}$/));
  fc.assert(
    fc.property(labels, (given) => {
      const pod = (ordered: object) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web', labels: ordered },
        spec: { containers: [{ name: 'main', image: 'i' }] },
      });
      const reversed = Object.fromEntries(Object.entries(given).reverse());
      return (
        uidOf(JSON.stringify(pod(given))) === uidOf(stringify(pod(reversed), { defaultStringType: 'QUOTE_DOUBLE' }))
      );
    }),
    { numRuns: 50 },
  );
  t.pass();
});
