import { test } from 'tap';
import { environmentOf, expand } from '../../../../daemon/pods/create/env.ts';
import type { EnvVar } from '../../../../daemon/pods/v1.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

const known = new Map([['NAME', 'web']]);

test('a known variable is put in, and what is unknown or escaped stays', async (t) => {
  t.equal(expand('hello $(NAME)!', known), 'hello web!');
  t.equal(expand('$(OTHER) $NAME $(NAME', known), '$(OTHER) $NAME $(NAME');
  t.equal(expand('$$(NAME)', known), '$(NAME)');
});

const environment = (...env: EnvVar[]) =>
  Object.fromEntries(
    environmentOf(
      {
        ...aPod({ nodeName: 'n' }),
        metadata: { name: 'web-n', namespace: 'default', uid: 'u', labels: { app: 'web' } },
      },
      aContainer('main', { env }),
      { podIPs: ['10.0.0.2'], hostIPs: ['192.0.2.1'], allocatable: new Map() },
      new Map(),
    ),
  );

test('a variable sees those before it and none after', async (t) => {
  t.same(environment({ name: 'A', value: '1' }, { name: 'B', value: '$(A)$(C)' }, { name: 'C', value: '3' }), {
    A: '1',
    B: '1$(C)',
    C: '3',
  });
});

test('a variable may hold a field of the pod', async (t) => {
  const fieldOf = (fieldPath: string) => environment({ name: 'X', valueFrom: { fieldRef: { fieldPath } } })['X'];
  t.equal(fieldOf('metadata.name'), 'web-n');
  t.equal(fieldOf('metadata.namespace'), 'default');
  t.equal(fieldOf("metadata.labels['app']"), 'web');
  t.equal(fieldOf("metadata.annotations['none']"), '');
  t.equal(fieldOf('spec.nodeName'), 'n');
  t.equal(fieldOf('status.podIP'), '10.0.0.2');
  t.equal(fieldOf('status.hostIP'), '192.0.2.1');
});

test('spec.host is the older name of spec.nodeName', async (t) => {
  t.same(environment({ name: 'X', valueFrom: { fieldRef: { fieldPath: 'spec.host' } } }), { X: 'n' });
});
