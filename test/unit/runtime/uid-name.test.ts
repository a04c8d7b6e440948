import { test } from 'tap';
import { uidName } from '../../../daemon/runtime/uid-name.ts';

test('a uid of letters, digits and dashes is its own name', async (t) => {
  for (const uid of ['0123456789abcdef0123456789abcdef', 'Db-1', 'a'.repeat(63)]) t.equal(uidName(uid), uid);
});

test('any other uid has a name that Docker, folders and systemd take, and no other pod has', async (t) => {
  const uids = ['a b:c', 'ünï', 'a_b', '.', 'x.7.removed', 'uid.0123456789abcdef0123456789abcdef', 'a'.repeat(64)];
  const names = uids.map(uidName);
  for (const name of names) t.match(name, /^uid\.[0-9a-f]{32}$/);
  t.equal(new Set([...names, ...uids]).size, 2 * uids.length);
});
