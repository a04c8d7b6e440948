import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { DiskUsage } from '../../../../daemon/pods/stats/disk.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('a folder that cannot be looked at is unknown, and is looked at anew after a minute', async (t) => {
  const clock = new FakeClock();
  const disk = new DiskUsage(clock);
  const base = t.testdir({});
  t.equal(await disk.folder(join(base, 'x'.repeat(300))), undefined, 'the name is too long');
  t.equal(await disk.folder(join(base, 'late')), undefined);
  mkdirSync(join(base, 'late'));
  t.equal(await disk.folder(join(base, 'late')), undefined, 'what was not there is remembered for a minute');
  await clock.advance(60_000);
  t.match(await disk.folder(join(base, 'late')), { inodes: 1 });
});
