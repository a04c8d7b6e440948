import { test } from 'tap';
import { kernelHasMountSetattr } from '../../../../daemon/runtime/docker/info.ts';

test('read-only mounts all the way down need Linux 5.12', async (t) => {
  for (const version of ['5.12.0', '5.15.0-91-generic', '6.1.0-18-amd64'])
    t.ok(kernelHasMountSetattr({ KernelVersion: version }), version);
  for (const version of ['5.4.0', '5.11.22', '4.19.0', ''])
    t.notOk(kernelHasMountSetattr({ KernelVersion: version }), version);
});
