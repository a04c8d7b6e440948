import { test } from 'tap';
import { containerSecurity } from '../../../../daemon/pods/create/security.ts';
import type { Container, PodSpec } from '../../../../daemon/pods/v1.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

const securityOf = (
  securityContext: NonNullable<Container['securityContext']>,
  imageUser = '',
  shared: NonNullable<PodSpec['securityContext']> = {},
) =>
  containerSecurity(
    aPod({ securityContext: shared }),
    aContainer('main', { securityContext }),
    imageUser,
    { seccomp: 'runtime-default' },
    ['/sys/throttled'],
  );

test('a container runs as its image says unless the manifest says otherwise', async (t) => {
  t.equal(securityOf({}, 'app').user, 'app');
  t.equal(securityOf({}, '').user, '0');
  t.equal(securityOf({ runAsUser: 1000 }, 'app').user, '1000');
  t.equal(securityOf({ runAsUser: 1000, runAsGroup: 3000 }).user, '1000:3000');
});

test('the group of the image’s user is not taken over', async (t) => {
  t.equal(securityOf({}, 'app:staff').user, 'app');
  t.equal(securityOf({ runAsGroup: 3000 }, 'app:staff').user, 'app:3000');
  t.equal(securityOf({ runAsGroup: 3000 }, '').user, '0:3000');
});

test('the container’s own setting goes before the pod’s', async (t) => {
  t.equal(securityOf({}, '', { runAsUser: 1 }).user, '1');
  t.equal(securityOf({ runAsUser: 2 }, '', { runAsUser: 1 }).user, '2');
});

test('fsGroup and supplementalGroups are groups of every container', async (t) => {
  t.same(securityOf({}, '', { fsGroup: 5, supplementalGroups: [6, 7] }).supplementalGroups, ['5', '6', '7']);
});

const refusal = (why: string) => ({
  code: 'E_CONTAINER_CONFIG',
  message: `${why} (pod: "web-n_default(uid-1)", container: main)`,
});

test('a container that must not run as root is refused where it would, or may', async (t) => {
  const asRoot = refusal('container has runAsNonRoot and image will run as root');
  for (const user of ['', '0', '0:0']) t.throws(() => securityOf({ runAsNonRoot: true }, user), asRoot);
  const named = refusal(
    'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root',
  );
  t.throws(() => securityOf({ runAsNonRoot: true, runAsGroup: 3000 }, 'app:staff'), named);
  const asked = refusal("container's runAsUser breaks non-root policy");
  t.throws(() => securityOf({ runAsNonRoot: true, runAsUser: 0 }, '1000'), asked);
  t.doesNotThrow(() => securityOf({ runAsNonRoot: true }, '1000'));
  t.doesNotThrow(() => securityOf({ runAsNonRoot: true, runAsUser: 1000 }, 'root'));
});

test('of a capability that is both added and dropped, dropping counts', async (t) => {
  const capabilitiesOf = (capabilities: { add?: string[]; drop?: string[] }) => {
    const { addCapabilities, dropCapabilities } = securityOf({ capabilities });
    return { add: addCapabilities, drop: dropCapabilities };
  };
  t.same(capabilitiesOf({}), { add: [], drop: [] });
  t.same(capabilitiesOf({ add: ['CHOWN', 'KILL'], drop: ['kill'] }), { add: ['CHOWN'], drop: ['kill'] });
  t.same(capabilitiesOf({ add: ['CHOWN'], drop: ['ALL'] }), { add: ['CHOWN'], drop: ['ALL'] });
  t.same(capabilitiesOf({ add: ['ALL'], drop: ['KILL'] }), { add: ['ALL'], drop: ['KILL'] });
  t.same(capabilitiesOf({ add: ['ALL', 'CHOWN'], drop: ['ALL'] }), { add: ['CHOWN'], drop: ['ALL'] });
});

test('a privileged container is confined by nothing, and one with procMount Unmasked sees all of the kernel', async (t) => {
  t.match(securityOf({}), { seccomp: 'runtime-default', maskedPaths: /kcore/, readonlyPaths: /sysrq/ });
  t.match(securityOf({}).maskedPaths?.at(-1), '/sys/throttled');
  t.match(securityOf({ privileged: true }), { seccomp: 'unconfined', maskedPaths: [], readonlyPaths: [] });
  t.match(securityOf({ procMount: 'Unmasked' }), { seccomp: 'runtime-default', maskedPaths: [], readonlyPaths: [] });
});
