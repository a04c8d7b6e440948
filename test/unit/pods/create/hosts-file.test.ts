import { test } from 'tap';
import type { PodHostname } from '../../../../daemon/pods/create/hostname.ts';
import { hostsFile } from '../../../../daemon/pods/create/hosts-file.ts';
import { aPod } from '../../../support/pod-builders.ts';

const web: PodHostname = { name: 'web', domain: '' };

test('a pod of a network of its own finds itself under its name', async (t) => {
  const text = hostsFile(aPod({ hostNetwork: false }), web, ['10.0.0.2'], '192.0.2.9\tother\n');
  t.match(text, /^127\.0\.0\.1\tlocalhost$/m);
  t.match(text, /^10\.0\.0\.2\tweb$/m);
  t.notMatch(text, /other/);
});

test('a pod in the host’s network has the host’s names', async (t) => {
  t.match(hostsFile(aPod({ hostNetwork: true }), web, [], '192.0.2.9\tother\n'), /^192\.0\.2\.9\tother$/m);
});

test('a pod of a subdomain finds itself under its full name first', async (t) => {
  const text = hostsFile(aPod({ hostNetwork: false }), { name: 'web', domain: 'db.default.svc.x' }, ['10.0.0.2'], '');
  t.match(text, /^10\.0\.0\.2\tweb\.db\.default\.svc\.x\tweb$/m);
});

test('aliases come last', async (t) => {
  const hostAliases = [{ ip: '192.0.2.7', hostnames: ['a', 'b'] }];
  t.match(hostsFile(aPod({ hostAliases }), web, [], ''), /\n192\.0\.2\.7\ta\tb\n$/);
});
