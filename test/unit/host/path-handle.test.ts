import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { mountIdIn } from '../../../daemon/host/mountinfo.ts';
import { PathHandle } from '../../../daemon/host/path-handle.ts';

const openBelow = (folder: string): readonly string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder) ? [fd] : [];
    } catch {
      return [];
    }
  });

test('a folder whose mode cannot be set leaves no descriptor open', async (t) => {
  const root = t.testdir({});
  await using folder = await PathHandle.folder(root);
  await t.rejects(folder.makeFolder('made', 2 ** 40));
  t.same(openBelow(join(root, 'made')), []);
});

test('two folders of one mount have the same number, another mount has another', async (t) => {
  await using here = await PathHandle.folder(t.testdir({}));
  await using same = await PathHandle.folder(t.testdirName);
  await using other = await PathHandle.folder('/proc');
  t.equal(await here.mountId(), await same.mountId());
  t.not(await here.mountId(), await other.mountId());
});

test('a kernel that does not tell the mount is no reason to take two for the same', (t) => {
  t.equal(mountIdIn('pos:\t0\nflags:\t02\nmnt_id:\t27\nino:\t1\n'), 27);
  t.throws(() => mountIdIn('pos:\t0\nflags:\t02\n'), { code: 'E_VOLUME' });
  t.end();
});
