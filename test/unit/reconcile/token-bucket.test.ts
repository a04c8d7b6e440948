import { test } from 'tap';
import { TokenBucket } from '../../../daemon/reconcile/token-bucket.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('a burst goes through, and then one after each refill, never more than a burst', async (t) => {
  const clock = new FakeClock();
  const bucket = new TokenBucket({ burst: 2, refillMs: 1000 }, clock);
  const taken = () => [1, 2, 3].map(() => bucket.take());
  t.same(taken(), [true, true, false]);
  t.equal(bucket.nextAt, 1000);
  await clock.advance(1000);
  t.same(taken(), [true, false, false]);
  await clock.advance(60_000);
  t.same(taken(), [true, true, false]);
});
