import { test } from 'tap';
import { type CandidatesInput, candidatesOf } from '../../../../daemon/pods/gc/image-candidates.ts';
import type { ListedImage } from '../../../../daemon/runtime/runtime.ts';

const listed = (id: string, more: Partial<ListedImage> = {}): ListedImage => ({
  id,
  names: [`${id}:1`],
  digests: [],
  sizeBytes: 10,
  ...more,
});
const pulled = (id: string, pulledAt = 0) => ({ name: `docker.io/library/${id}:1`, id, pulledAt });

const references = (input: Partial<CandidatesInput>): readonly string[] =>
  candidatesOf({
    pulled: [],
    listed: [],
    pinned: new Set(),
    lastUsed: new Map(),
    now: 1000,
    minAgeMs: 100,
    ...input,
  }).map(({ reference }) => reference);

test('only what bootlet pulled may go, by the name it was pulled by', (t) => {
  t.same(references({ pulled: [pulled('a')], listed: [listed('a'), listed('b')] }), ['docker.io/library/a:1']);
  t.end();
});

test('what a manifest names stays, by that name and by any other name of the same image', (t) => {
  const input = { pulled: [pulled('a')], listed: [listed('a', { names: ['a:1', 'other/a:2'] })] };
  t.same(references({ ...input, pinned: new Set(['docker.io/library/a:1']) }), []);
  t.same(references({ ...input, pinned: new Set(['docker.io/other/a:2']) }), []);
  t.same(references({ ...input, pinned: new Set(['a']) }), [], 'a container was made from it');
  t.end();
});

test('an image that was pulled a moment ago stays', (t) => {
  t.same(references({ pulled: [pulled('a', 950), pulled('b', 900)], listed: [listed('a'), listed('b')] }), [
    'docker.io/library/b:1',
  ]);
  t.end();
});

test('the one that was not used for the longest time is the first', (t) => {
  const all = {
    pulled: ['a', 'b', 'c'].map((id, i) => pulled(id, i)),
    listed: ['a', 'b', 'c'].map((id) => listed(id)),
  };
  t.same(references({ ...all, lastUsed: new Map([['a', 500]]) }), [
    'docker.io/library/b:1',
    'docker.io/library/c:1',
    'docker.io/library/a:1',
  ]);
  t.end();
});

test('an image that lost its name to a later pull goes by its id, unless somebody gave it another name', (t) => {
  t.same(references({ pulled: [pulled('a')], listed: [listed('a', { names: [] })] }), ['a']);
  t.same(references({ pulled: [pulled('a')], listed: [listed('a', { names: ['mine:1'] })] }), []);
  t.end();
});
