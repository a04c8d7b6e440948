import { test } from 'tap';
import { podNamesIn } from '../../../../daemon/pods/manifest/own-annotations.ts';
import { aManifest, faultsOf, read } from './support.ts';

const annotated = (key: string, value: string): string =>
  aManifest().replace('name: web', `name: web\n  annotations:\n    ${key}: "${value}"`);

test('annotations name pods, with commas between them and a namespace before them or not', async (t) => {
  t.same(podNamesIn('db, kube-system/etcd'), ['db', 'kube-system/etcd']);
  t.same(podNamesIn(' '), []);
  t.same(faultsOf(annotated('bootlet.io/after', 'db, kube-system/etcd')), []);
  t.same(faultsOf(annotated('bootlet.io/conflicts-with', '')), []);
});

test('what cannot be the name of a pod is refused, where it stands', async (t) => {
  for (const value of ['Db', 'a,,b', 'a/b/c', '/a', 'x_y/a']) {
    const field = 'metadata.annotations[bootlet.io/after]';
    t.same(faultsOf(annotated('bootlet.io/after', value)), [`${field}@6:23 E_FIELD_INVALID`], value);
  }
});

test("a misspelt annotation of bootlet's own is an error with a did-you-mean, others are left alone", async (t) => {
  t.match(read(annotated('bootlet.io/afer', 'db')), {
    errors: [{ code: 'E_FIELD_UNKNOWN', hint: /bootlet.io\/after/ }],
  });
  t.same(faultsOf(annotated('example.org/afer', 'db')), []);
});

test('what is to be kept must be an emptyDir of the pod', async (t) => {
  const key = 'bootlet.io/keep-empty-dirs';
  for (const value of ['true', 'false', '']) t.same(faultsOf(annotated(key, value)), [], value);
  t.same(faultsOf(annotated(key, 'data')), [`metadata.annotations[${key}]@6:33 E_FIELD_NOT_FOUND`]);
});
