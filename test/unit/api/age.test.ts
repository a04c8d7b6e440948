import { test } from 'tap';
import { ageOf, humanDuration } from '../../../daemon/api/age.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;
const Y = 365 * D;

test('a duration is told in the one or two units that kubectl uses', async (t) => {
  const told = [
    [-2 * S, '<invalid>'],
    [-S, '0s'],
    [0, '0s'],
    [119 * S, '119s'],
    [2 * M, '2m'],
    [9 * M + 59 * S, '9m59s'],
    [10 * M + 30 * S, '10m'],
    [3 * H + 20 * M, '3h20m'],
    [8 * H + 20 * M, '8h'],
    [47 * H, '47h'],
    [2 * D + 3 * H, '2d3h'],
    [8 * D + 3 * H, '8d'],
    [2 * Y + 5 * D, '2y5d'],
    [9 * Y, '9y'],
  ] as const;
  for (const [ms, text] of told) t.equal(humanDuration(ms), text);
});

test('an age without a time is unknown', async (t) => {
  t.equal(ageOf(undefined, 0), '<unknown>');
  t.equal(ageOf('1970-01-01T00:00:01Z', 6000), '5s');
});
