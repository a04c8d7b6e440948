import { test } from 'tap';
import { hostnameOf, kernelHostname } from '../../../../daemon/pods/create/hostname.ts';
import { aPod } from '../../../support/pod-builders.ts';

const nameOf = (spec: Parameters<typeof aPod>[0]) => hostnameOf(aPod(spec), 'cluster.local');
const nodenameOf = (spec: Parameters<typeof aPod>[0]) => kernelHostname(aPod(spec), 'cluster.local');

test('a pod is called by its own name unless it says another', async (t) => {
  t.same(nameOf({}), { name: 'web-n', domain: '' });
  t.same(nameOf({ hostname: 'db-0', subdomain: 'db' }), { name: 'db-0', domain: 'db.default.svc.cluster.local' });
});

test('an override is the whole name, without a domain', async (t) => {
  t.same(nameOf({ hostnameOverride: 'db.example', hostname: 'x', subdomain: 'y' }), { name: 'db.example', domain: '' });
});

test('a name is cut to 63 characters and then ends in neither - nor .', async (t) => {
  t.equal(nameOf({ hostnameOverride: `${'a'.repeat(61)}-.b` }).name, 'a'.repeat(61));
});

test('the kernel knows the full name only where that is asked for, and only up to 64 characters', async (t) => {
  t.equal(nodenameOf({ subdomain: 'db' }), 'web-n');
  t.equal(nodenameOf({ subdomain: 'db', setHostnameAsFQDN: true }), 'web-n.db.default.svc.cluster.local');
  t.throws(() => nodenameOf({ subdomain: 'd'.repeat(63), setHostnameAsFQDN: true }), {
    code: 'E_CONTAINER_CONFIG',
    message: /too long \(64 characters is the max/,
  });
});
