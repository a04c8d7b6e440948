import { test } from 'tap';
import { BootletError } from '../../../daemon/errors.ts';
import { allOf } from '../../../daemon/reconcile/all-of.ts';

test('what all work gives comes in its order', async (t) => {
  const [word, number] = await allOf([Promise.resolve('a'), Promise.resolve(1)]);
  t.same([word, number], ['a', 1]);
});

test('a failure is told when nothing is under way any more', async (t) => {
  const slow = Promise.withResolvers<void>();
  let isOver = false;
  const failure = new BootletError('E_IMAGE_PULL', 'no such image');
  const work = allOf([Promise.reject(failure), slow.promise]).catch((error: unknown) => {
    isOver = true;
    return error;
  });
  await new Promise((resolve) => setImmediate(resolve));
  t.notOk(isOver);
  slow.resolve();
  t.equal(await work, failure);
});

test('of several failures all are told, under the code of the first', async (t) => {
  const failures = [new BootletError('E_IMAGE_PULL', 'one'), new Error('two')].map((error) => Promise.reject(error));
  await t.rejects(allOf(failures), { code: 'E_IMAGE_PULL', message: 'one; two' });
});
