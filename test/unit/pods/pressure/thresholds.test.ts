import { test } from 'tap';
import { evictionSignals } from '../../../../daemon/config/values.ts';
import { metThresholds, signals } from '../../../../daemon/pods/pressure/thresholds.ts';

const MEBIBYTE = 1024 * 1024;

test('a threshold is a quantity or a share of the capacity, and is met below it', (t) => {
  const observations = {
    'memory.available': { available: 100 * MEBIBYTE - 1, capacity: 1000 * MEBIBYTE },
    'nodefs.available': { available: 10, capacity: 100 },
  };
  const met = (thresholds: Readonly<Record<string, string>>) =>
    metThresholds(thresholds, observations).map(({ signal }) => signal);
  t.same(met({ 'memory.available': '100Mi', 'nodefs.available': '10%' }), ['memory.available']);
  t.same(met({ 'nodefs.available': '11%', 'memory.available': '10%' }), ['memory.available', 'nodefs.available']);
  t.same(met({ 'imagefs.available': '99%' }), [], 'what could not be looked at is not short');
  t.end();
});

test('the configuration takes the signals that are looked at', (t) => {
  t.same(evictionSignals, Object.keys(signals));
  t.end();
});
