import { test } from 'tap';
import { checkSkew, skewOf } from '../../../../daemon/node/discovery/clock-skew.ts';

const SERVER = 'https://192.0.2.1:6443';
const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;

test('the skew is what the Date of an answer is away from the middle of the question', async (t) => {
  t.equal(skewOf(new Date(NOW).toUTCString(), NOW, NOW + 1000), 0);
  t.equal(skewOf(new Date(NOW + 90_000).toUTCString(), NOW - 500, NOW + 500), 90_500);
  t.equal(skewOf(undefined, NOW, NOW), undefined);
  t.equal(skewOf('yesterday', NOW, NOW), undefined);
});

test('up to five minutes are borne, either way, and a server without a Date', async (t) => {
  for (const skew of [0, 5 * MINUTE_MS, -5 * MINUTE_MS, undefined]) t.doesNotThrow(() => checkSkew(SERVER, skew, NOW));
});

test('more is told with both times', async (t) => {
  const said = (skew: number, message: string) =>
    t.throws(() => checkSkew(SERVER, skew, NOW), { code: 'E_CLOCK_SKEW', retryable: true, message });
  const of = `that of ${SERVER}: 2026-11-21T12:00:00Z here`;
  said(6 * MINUTE_MS, `the clock of this host is 6 minutes behind ${of}, 2026-11-21T12:06:00Z there`);
  said(-3 * 60 * MINUTE_MS, `the clock of this host is 3 hours ahead of ${of}, 2026-11-21T09:00:00Z there`);
  said(365 * 1440 * MINUTE_MS, `the clock of this host is 365 days behind ${of}, 2027-11-21T12:00:00Z there`);
});
