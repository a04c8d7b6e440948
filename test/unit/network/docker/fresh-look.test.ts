import { test } from 'tap';
import { freshIfMade } from '../../../../daemon/network/docker/fresh-look.ts';
import type { Change } from '../../../../daemon/network/host-setting.ts';

const CHANGE: Change = { object: 'dockerd', before: 'old', after: 'new', ledger: { do: 'nothing' } };

/** Which looks are made where a quick one finds these changes: whether each is quick. */
const looksFor = async (...changes: readonly Change[]): Promise<readonly boolean[]> => {
  const looks: boolean[] = [];
  const observe = freshIfMade(
    async (_spec, _originals, isQuick) => {
      looks.push(isQuick);
      return changes;
    },
    (seen) => seen,
  );
  await observe(undefined, {});
  return looks;
};

test('where nothing is to do a quick look is all', async (t) => {
  t.same(await looksFor(), [true]);
});

test('what is held, or told as advice, is not looked at anew', async (t) => {
  t.same(await looksFor({ ...CHANGE, held: 'restart: never' }, { ...CHANGE, advice: 'restart it' }), [true]);
});

test('something is made only by a look that is as of now', async (t) => {
  t.same(await looksFor({ ...CHANGE, held: 'restart: never' }, CHANGE), [true, false]);
  t.same(await looksFor({ ...CHANGE, isRoutine: true }), [true, false]);
});
