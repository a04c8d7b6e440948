import { test } from 'tap';
import { groupsIn } from '../../../../daemon/runtime/docker/accounts.ts';

const accounts = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n',
  group: 'root:x:0:root\napp:x:1000:app\nstaff:x:2000:other,app\nempty:x:3000:\nbroken\n',
};

test('a user is in the groups that list it, its own aside', async (t) => {
  t.same(groupsIn(accounts, 'app'), ['2000']);
  t.same(groupsIn(accounts, '1000'), ['2000']);
  t.same(groupsIn(accounts, '0'), []);
});

test('a user that the image does not know is in none', async (t) => {
  t.same(groupsIn(accounts, '4711'), []);
  t.same(groupsIn({ passwd: '', group: '' }, 'app'), []);
});
