import { test } from 'tap';
import { StatusPace } from '../../../../daemon/node/status/pace.ts';

const MINUTE = 60_000;

test('after a change the next report comes half a period sooner or later, and then every five minutes', async (t) => {
  const pace = new StatusPace();
  pace.posted(0, true, 0);
  t.equal(pace.isReportDue(2.5 * MINUTE - 1, 0), false);
  t.equal(pace.isReportDue(2.5 * MINUTE, 0), true);
  pace.posted(2.5 * MINUTE, false, 0);
  t.equal(pace.isReportDue(7.5 * MINUTE - 1, 0), false);
  t.equal(pace.isReportDue(7.5 * MINUTE, 0), true);
});

test('a daemon that starts anew reports when the Node has not been told for five minutes', async (t) => {
  const pace = new StatusPace();
  t.equal(pace.isReportDue(10 * MINUTE, 6 * MINUTE), false);
  t.equal(pace.isReportDue(11 * MINUTE, 6 * MINUTE), true);
  t.equal(pace.isReportDue(0, Number.NaN), true, 'it was never told');
  t.equal(pace.isReportDue(0, MINUTE), true, 'it was told in the future: a clock was wrong');
});

test('a look is due every ten seconds, and what is urgent waits a second at most', async (t) => {
  const pace = new StatusPace();
  t.equal(pace.nextLook(false), Number.NEGATIVE_INFINITY);
  pace.looked(1000);
  t.equal(pace.nextLook(false), 11_000);
  t.equal(pace.nextLook(true), Number.NEGATIVE_INFINITY);
  pace.posted(2000, true, 0.5);
  t.equal(pace.nextLook(true), 3000);
  t.equal(pace.nextLook(false), 12_000);
});
