import { test } from 'tap';
import { containerSecurity } from '../../../../daemon/pods/create/security.ts';
import type { Container, PodSpec } from '../../../../daemon/pods/v1.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

const securityOf = (
  securityContext: NonNullable<Container['securityContext']>,
  imageUser = '',
  shared: NonNullable<PodSpec['securityContext']> = {},
) => containerSecurity(aPod({ securityContext: shared }), aContainer('main', { securityContext }), imageUser);

test('a container runs as its image says unless the manifest says otherwise', async (t) => {
  t.equal(securityOf({}, 'app').user, undefined);
  t.equal(securityOf({ runAsUser: 1000 }, 'app').user, '1000');
  t.equal(securityOf({ runAsUser: 1000, runAsGroup: 3000 }).user, '1000:3000');
});

test('a group alone keeps the image’s user', async (t) => {
  t.equal(securityOf({ runAsGroup: 3000 }, 'app:staff').user, 'app:3000');
  t.equal(securityOf({ runAsGroup: 3000 }, '').user, '0:3000');
});

test('the container’s own setting goes before the pod’s', async (t) => {
  t.equal(securityOf({}, '', { runAsUser: 1 }).user, '1');
  t.equal(securityOf({ runAsUser: 2 }, '', { runAsUser: 1 }).user, '2');
});

test('a container that must not run as root is refused where it would, or may', async (t) => {
  for (const user of ['', 'root', '0:0', 'app'])
    t.throws(() => securityOf({ runAsNonRoot: true }, user), { code: 'E_CONTAINER_CONFIG' });
  t.throws(() => securityOf({ runAsNonRoot: true, runAsGroup: 3000 }, 'root'), { code: 'E_CONTAINER_CONFIG' });
  t.doesNotThrow(() => securityOf({ runAsNonRoot: true }, '1000'));
  t.doesNotThrow(() => securityOf({ runAsNonRoot: true, runAsUser: 1000 }, 'root'));
});

test('without a profile a container is not confined', async (t) => {
  t.equal(securityOf({}).seccomp, 'unconfined');
  t.equal(securityOf({}, '', { seccompProfile: { type: 'RuntimeDefault' } }).seccomp, 'runtime-default');
});
