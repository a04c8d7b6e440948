import { join } from 'node:path';
import { type Test, test } from 'tap';
import { ImageCollector } from '../../../../daemon/pods/gc/image-collector.ts';
import { notingPulls, PulledImages } from '../../../../daemon/pods/gc/pulled-images.ts';
import { httpManifestsType, podSpecType } from '../../../../daemon/pods/resources.ts';
import { podMeters } from '../../../../daemon/pods/stats/meters.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import type { ImageInfo } from '../../../../daemon/runtime/runtime.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aContainer, aSpec } from '../../../support/pod-builders.ts';

const anImage = (name: string): ImageInfo => ({
  id: `sha256:${name}`,
  names: [name],
  digests: [],
  user: '',
  sizeBytes: 10,
  env: [],
  workingDir: '',
});

/** A host whose disk of 100 bytes holds images of 10 bytes each and `other` bytes besides. */
const aHost = async (t: Test, { other = 0 } = {}) => {
  const onHost = new Map<string, ImageInfo>();
  const find = (reference: string) =>
    [...onHost.values()].find(
      ({ id, names }) => reference === id || reference.endsWith(`/${names[0]}`) || reference === names[0],
    );
  const runtime = {
    image: async (reference: string) => find(reference),
    images: async () => [...onHost.values()],
    dataRoot: async () => '/data',
    removeImage: async (reference: string) => void onHost.delete(find(reference)?.names[0] ?? ''),
    pull: async (name: string) => {
      onHost.set(name, anImage(name));
      return anImage(name);
    },
    loadImages: async (): Promise<readonly string[]> => ['loaded:1'],
  };
  const clock = new FakeClock();
  const store = new Store();
  const file = join(t.testdir({}), 'pulled.json');
  const pulled = new PulledImages(file);
  const noting = notingPulls(runtime, pulled, clock);
  const meters = podMeters();
  const collector = new ImageCollector({
    store,
    runtime,
    pulled,
    fileSystemOf: async () => ({
      capacity: 100,
      used: 0,
      available: 100 - other - 10 * onHost.size,
      inodes: 0,
      inodesFree: 0,
    }),
    alsoNamed: ['pause:1'],
    policy: { highPercent: 50, lowPercent: 30, minAgeSeconds: 0 },
    clock,
    meters,
    log: { info: () => undefined, warn: () => undefined },
  });
  const pull = async (name: string) => {
    await noting.pull(name, undefined, () => undefined, new AbortController().signal);
    await clock.advance(1000);
  };
  return { onHost, store, file, pulled, noting, meters, collector, pull };
};

test('beyond the high threshold images go until the disk would be at the low one, the oldest first', async (t) => {
  const { onHost, collector, pull, meters } = await aHost(t);
  for (const name of ['a:1', 'b:1', 'c:1', 'd:1']) await pull(name);
  await collector.collect();
  t.equal(onHost.size, 4, 'below the threshold nothing goes');
  await pull('e:1');
  await collector.collect();
  t.same([...onHost.keys()], ['c:1', 'd:1', 'e:1']);
  t.match(meters.imagesCollected.series, [{ labels: { reason: 'space' }, value: 2 }]);
});

test('what was there before a pull, what an archive brought and what is named stays, and that it is not enough is said', async (t) => {
  const { onHost, store, noting, collector, pull } = await aHost(t, { other: 60 });
  onHost.set('mine:1', anImage('mine:1'));
  for (const name of ['mine:1', 'loaded:1', 'pause:1', 'app:1']) await pull(name);
  await noting.loadImages(
    (async function* () {
      yield* [];
    })(),
  );
  store
    .claim(podSpecType, 'test')
    .put('default/web-n', aSpec({ containers: [aContainer('main', { image: 'app:1' })] }));
  await t.rejects(collector.collect(), { code: 'E_IMAGE_GC', message: /100% of .* used\). .*freed 0 bytes/ });
  t.same([...onHost.keys()], ['mine:1', 'loaded:1', 'pause:1', 'app:1']);
});

test('an image that only an address names stays, though its pod is in conflict with another and so not wanted', async (t) => {
  const { onHost, store, collector, pull } = await aHost(t, { other: 60 });
  for (const name of ['app:1', 'old:1']) await pull(name);
  const { pod, uid, name, namespace } = aSpec({ containers: [aContainer('main', { image: 'app:1' })] });
  const file = {
    state: 'valid',
    path: 'https://pods/#default/web-n',
    contentHash: '',
    bytes: new Uint8Array(),
  } as const;
  store.claim(httpManifestsType, 'test').put('https://pods/', {
    ...{ url: 'https://pods/', state: 'available', message: '' },
    files: [{ ...file, pod: { pod, uid, name, namespace }, warnings: [] }],
  });
  await t.rejects(collector.collect(), { code: 'E_IMAGE_GC' });
  t.same([...onHost.keys()], ['app:1']);
});

test('what was pulled is known after a restart', async (t) => {
  const { file, pull } = await aHost(t);
  await pull('a:1');
  const later = new PulledImages(file);
  await later.load();
  t.match(later.all, [{ name: 'docker.io/library/a:1', id: 'sha256:a:1' }]);
});

test('pulls that cannot be understood are told, and none counts as pulled', async (t) => {
  const file = join(t.testdir({ 'pulled.json': '[{"name":"a:1"}]' }), 'pulled.json');
  const pulled = new PulledImages(file);
  await t.rejects(pulled.load(), { code: 'E_STATE_BROKEN', hint: /never collected/ });
  t.same(pulled.all, []);
});
