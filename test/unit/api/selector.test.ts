import { test } from 'tap';
import { fieldSelector, labelSelector } from '../../../daemon/api/selector.ts';

const matches = (selector: string, labels: Record<string, string>): boolean => labelSelector(selector)(labels);

test('no selector matches everything', async (t) => {
  t.ok(matches('', {}));
  t.ok(matches('  ', { app: 'web' }));
});

test('a label is compared by =, == and !=, where an absent label is unlike any value', async (t) => {
  t.ok(matches('app=web', { app: 'web' }));
  t.ok(matches('app == web', { app: 'web' }));
  t.notOk(matches('app=web', {}));
  t.ok(matches('app!=web', {}));
  t.notOk(matches('app!=web', { app: 'web' }));
  t.ok(matches('app=', { app: '' }));
});

test('a label is in a set, or not, or there, or not', async (t) => {
  t.ok(matches('tier in (a, b)', { tier: 'b' }));
  t.notOk(matches('tier in (a,b)', {}));
  t.ok(matches('tier notin (a,b)', {}));
  t.notOk(matches('tier notin (a,b)', { tier: 'a' }));
  t.ok(matches('example.com/tier', { 'example.com/tier': 'x' }));
  t.ok(matches('!tier', {}));
  t.notOk(matches('!tier', { tier: '' }));
});

test('all terms must match, and a comma inside a set separates none', async (t) => {
  t.ok(matches('app=web,tier in (a,b),!canary', { app: 'web', tier: 'a' }));
  t.notOk(matches('app=web,tier in (a,b),!canary', { app: 'web', tier: 'a', canary: '' }));
});

test('names of every object, such as constructor, are no labels', async (t) => {
  t.notOk(matches('constructor', {}));
});

test('what is no selector is refused, and so is a field that is not offered', async (t) => {
  for (const bad of ['a(b', 'a in b', '=x', 'a=b=c']) t.throws(() => labelSelector(bad), { code: 'E_USAGE' });
  t.throws(() => fieldSelector('metadata.uid=x', { 'metadata.name': String }), {
    message: 'field label not supported: metadata.uid',
    hint: 'supported: metadata.name',
  });
  t.throws(() => fieldSelector('metadata.name', { 'metadata.name': String }), { code: 'E_USAGE' });
});

test('a field is compared by what the collection reads of the object', async (t) => {
  const select = fieldSelector('phase!=Running,name=a', {
    phase: (o: { phase: string; name: string }) => o.phase,
    name: (o) => o.name,
  });
  t.ok(select({ phase: 'Pending', name: 'a' }));
  t.notOk(select({ phase: 'Running', name: 'a' }));
  t.notOk(select({ phase: 'Pending', name: 'b' }));
});
