import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { test } from 'tap';
import { connectDocker } from '../../../daemon/runtime/docker/docker-runtime.ts';
import { startDockerd } from '../../lab/dockerd.ts';
import { labImages } from '../../lab/images.ts';
import { missing } from '../../support/requires.ts';

test('loading image archives into a real dockerd', { skip: missing('dockerd', 'tar') }, async (t) => {
  const docker = await startDockerd(t);
  const runtime = connectDocker({ endpoint: docker.endpoint, instance: 'lab' });
  t.teardown(() => runtime.close());
  const file = await labImages();
  const whole = await readFile(file);
  const one = async function* (bytes: Uint8Array) {
    yield bytes;
  };
  const images = async () => ((await docker.engine.call('GET', '/images/json?all=true')) as unknown[]).length;

  t.test('one that was cut leaves nothing behind', async (t) => {
    for (const part of [0.1, 0.5, 0.99]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      await t.rejects(runtime.loadImages(one(cut)), { code: 'E_IMAGE_ARCHIVE' }, `${part}`);
      t.equal(await images(), 0);
    }
  });

  t.test('one whose layer is not what the image says is refused in Docker’s words', async (t) => {
    const spoilt = Buffer.from(whole);
    const text = spoilt.indexOf('app:x:1000');
    t.not(text, -1);
    spoilt.write('APP', text);
    await t.rejects(runtime.loadImages(one(spoilt)), { code: 'E_IMAGE_ARCHIVE', message: /docker cannot load/ });
  });

  t.test('a whole one gives all its images, with what a container needs to know of them', async (t) => {
    const names = await runtime.loadImages(createReadStream(file));
    t.ok(names.includes('lab/busybox:1'));
    t.match(await runtime.image('lab/user:1'), { id: /^sha256:/, names: ['lab/user:1'], user: '1000' });
    t.match(await runtime.image('docker.io/lab/entry:1'), { env: /FROM_IMAGE=yes/ });
    t.equal(await runtime.image('lab/none:1'), undefined);
  });

  t.test('loading it again, or compressed, comes to the same', async (t) => {
    const before = await images();
    for (const packed of [whole, gzipSync(whole), zstdCompressSync(whole)]) {
      t.ok((await runtime.loadImages(one(packed))).includes('lab/busybox:1'));
    }
    t.equal(await images(), before);
  });

  t.test('one that hangs is broken off', async (t) => {
    const abort = new AbortController();
    const hanging = async function* () {
      yield whole.subarray(0, 1024);
      abort.abort(new Error('stopped'));
      await new Promise(() => {});
    };
    await t.rejects(runtime.loadImages(hanging(), abort.signal), { message: 'stopped' });
  });

  t.test('an image whose registry does not answer cannot be pulled, and the error says why', async (t) => {
    const pull = runtime.pull('localhost:1/app:1', undefined, () => {}, new AbortController().signal);
    await t.rejects(pull, { code: 'E_IMAGE_PULL', message: /localhost:1/ });
  });
});
