import { test } from 'tap';
import { imageRefOf } from '../../../../daemon/pods/images/image-ref.ts';

test('a status names an image by its digest at the registry, else by its id on the host', async (t) => {
  const digest = 'example.com/app@sha256:b';
  t.equal(imageRefOf({ id: 'sha256:a', digests: [digest, 'other@sha256:b'] }), digest);
  t.equal(imageRefOf({ id: 'sha256:a', digests: [] }), 'sha256:a');
});
