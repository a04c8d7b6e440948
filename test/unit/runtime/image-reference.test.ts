import { test } from 'tap';
import { parseImageReference, wholeName } from '../../../daemon/runtime/image-reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test('an image name is completed as Docker completes it', async (t) => {
  const names = {
    busybox: 'docker.io/library/busybox:latest',
    'busybox:1': 'docker.io/library/busybox:1',
    'user/app': 'docker.io/user/app:latest',
    'index.docker.io/busybox': 'docker.io/library/busybox:latest',
    'docker.io/busybox': 'docker.io/library/busybox:latest',
    'localhost/app:v1': 'localhost/app:v1',
    'registry.k8s.io/pause:3.10': 'registry.k8s.io/pause:3.10',
    'host:5000/a/b': 'host:5000/a/b:latest',
    'UPPER/app': 'UPPER/app:latest',
    '[fd00::1]:5000/app': '[fd00::1]:5000/app:latest',
    [`busybox@${DIGEST}`]: `docker.io/library/busybox@${DIGEST}`,
    [`a.b/c:tag@${DIGEST}`]: `a.b/c@${DIGEST}`,
    'a__b/c-_d': undefined,
  };
  for (const [text, whole] of Object.entries(names)) {
    if (whole === undefined) t.throws(() => parseImageReference(text), { code: 'E_IMAGE_NAME' }, text);
    else t.equal(wholeName(text), whole, text);
  }
  t.equal(wholeName(DIGEST), DIGEST, 'an id has no name');
});

test('what is no image name is refused, and trying again is a waste', async (t) => {
  const wrong = [
    '',
    'Busybox',
    'a b',
    'a:',
    'a@',
    'a@sha256:12',
    '/a',
    'a/',
    'http://a/b',
    'a:b:c',
    '-a',
    `${'a/'.repeat(130)}a`,
  ];
  for (const text of [...wrong, 'f'.repeat(64)])
    t.throws(() => parseImageReference(text), { code: 'E_IMAGE_NAME', retryable: false }, text);
});

test('the tag is left open where none was given, for the default pull policy depends on it', async (t) => {
  t.notMatch(parseImageReference('busybox'), { tag: String });
  t.match(parseImageReference('busybox:1'), { domain: 'docker.io', path: 'library/busybox', tag: '1' });
});
