import { test } from 'tap';
import { fill } from '../../conformance/pods/placeholders.ts';

const values = { '@NODE@': 'host.example', '@UID@': undefined };

test('placeholders are filled wherever a text is, and an unknown value leaves them', async (t) => {
  t.same(fill({ name: 'x-@NODE@', list: ['@NODE@', 1], uid: '@UID@', none: null }, values), {
    name: 'x-host.example',
    list: ['host.example', 1],
    uid: '@UID@',
    none: null,
  });
});

test('in a pattern a value stands for itself', async (t) => {
  const { matches } = fill({ matches: '^@NODE@$' }, values);
  t.match('host.example', new RegExp(matches));
  t.notMatch('hostXexample', new RegExp(matches));
});
