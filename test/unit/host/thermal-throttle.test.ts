import { join } from 'node:path';
import { test } from 'tap';
import { thermalThrottleFolders } from '../../../daemon/host/thermal-throttle.ts';

test('the throttling of those processors that count it is found', async (t) => {
  const sys = t.testdir({
    devices: { system: { cpu: { cpu0: { thermal_throttle: {} }, cpu1: {}, cpufreq: { thermal_throttle: {} } } } },
  });
  t.same(thermalThrottleFolders({ sys }), [join(sys, 'devices/system/cpu/cpu0/thermal_throttle')]);
  t.same(thermalThrottleFolders({ sys: join(sys, 'missing') }), []);
});
