import { test } from 'tap';
import { namesLoaded } from '../../../../daemon/runtime/docker/load.ts';

test('a load tells the names of its images, and the ids of those without one', (t) => {
  const id = `sha256:${'0'.repeat(64)}`;
  t.same(namesLoaded(`Loaded image: lab/busybox:1\nLoaded image ID: ${id}\n`), ['lab/busybox:1', id]);
  t.end();
});

test('an image that docker 29 keeps though it cannot unpack it is not loaded', (t) => {
  const why = 'wrong diff id calculated on extraction "sha256:60bcddf59374"';
  const said = `Loaded image: lab/busybox:1\nError unpacking image lab/busybox:1: apply layer error for "docker.io/lab/busybox:1": ${why}\n`;
  t.throws(() => namesLoaded(said), { code: 'E_RUNTIME_REFUSED', message: new RegExp(why) });
  t.end();
});
