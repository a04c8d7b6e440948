import { test } from 'tap';
import { SharedReads } from '../../../daemon/host/shared-reads.ts';

test('what is asked for at the same moment is read once, each key by itself', async (t) => {
  const reads = new SharedReads<number>();
  let count = 0;
  const next = async () => ++count;
  t.same(await Promise.all([reads.read('nat', next), reads.read('nat', next), reads.read('filter', next)]), [1, 1, 2]);
  t.equal(await reads.read('nat', next), 3);
});

test('a read that has begun is not shared: it may be of before the change that is looked for', async (t) => {
  const reads = new SharedReads<string>();
  const begun = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  const earlier = reads.read('nat', () => {
    begun.resolve();
    return answer.promise;
  });
  await begun.promise;
  t.equal(await reads.read('nat', async () => 'after'), 'after');
  answer.resolve('before');
  t.equal(await earlier, 'before');
});

test('one that fails is read again', async (t) => {
  const reads = new SharedReads<string>();
  await t.rejects(
    reads.read('nat', () => Promise.reject(new Error('locked'))),
    { message: 'locked' },
  );
  t.equal(await reads.read('nat', async () => 'listed'), 'listed');
});
