import { test } from 'tap';
import { imageRefOf } from '../../../../daemon/pods/images/image-ref.ts';

const sha = (digit: string): string => `sha256:${digit.repeat(64)}`;
const id = sha('0');

test('a status names an image by its digest at a registry, else by its id on the host', async (t) => {
  const digests = [`other.example/app@${sha('a')}`, `example.com/app@${sha('b')}`];
  t.equal(imageRefOf({ id, digests }, 'lab/app:1'), digests[0]);
  t.equal(imageRefOf({ id, digests: [] }, 'lab/app:1'), id);
});

test('of an image that many repositories name, a status tells the digest of the one that is asked', async (t) => {
  const digests = [`other.example/app@${sha('a')}`, `busybox@${sha('b')}`, `example.com/app@${sha('c')}`];
  t.equal(imageRefOf({ id, digests }, 'example.com/app:1'), digests[2]);
  t.equal(imageRefOf({ id, digests }, 'docker.io/library/busybox'), digests[1], 'as Docker shortens its name');
});

test('a status tells the digest that the container asks for before others of its repository', async (t) => {
  const digests = [`example.com/app@${sha('a')}`, `example.com/app@${sha('b')}`];
  t.equal(imageRefOf({ id, digests }, `example.com/app@${sha('b')}`), digests[1]);
  t.equal(imageRefOf({ id, digests }, `example.com/app:1@${sha('b')}`), digests[1], 'whatever tag it has too');
});
