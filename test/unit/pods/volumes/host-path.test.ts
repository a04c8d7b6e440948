import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { checkHostPath } from '../../../../daemon/pods/volumes/host-path.ts';

/** Checks a hostPath of a type in a folder that holds a `file` and a `folder`. */
const aHost = (t: Test) => {
  const root = t.testdir({ file: '', folder: {} });
  return { root, check: (name: string, type: string) => checkHostPath({ path: join(root, name), type }) };
};

test('a hostPath must be what its type says', async (t) => {
  const { root, check } = aHost(t);
  await check('file', 'File');
  await check('folder', 'Directory');
  await t.rejects(check('file', 'Directory'), {
    code: 'E_VOLUME',
    message: `hostPath type check failed: ${root}/file is not a directory`,
  });
  await t.rejects(check('folder', 'File'), { code: 'E_VOLUME', message: /is not a file$/ });
  await t.rejects(check('file', 'Socket'), { code: 'E_VOLUME', message: /is not a socket file$/ });
  await t.rejects(check('file', 'BlockDevice'), { code: 'E_VOLUME', message: /is not a block device$/ });
  await t.rejects(check('missing', 'File'), { code: 'E_VOLUME' });
  await t.resolves(checkHostPath({ path: '/dev/null', type: 'CharDevice' }));
});

test('a hostPath that is missing is made where its type allows, its parents only for a folder', async (t) => {
  const { root, check } = aHost(t);
  await check('new/folder', 'DirectoryOrCreate');
  await check('new-file', 'FileOrCreate');
  t.ok((await stat(join(root, 'new/folder'))).isDirectory());
  t.ok((await stat(join(root, 'new-file'))).isFile());
  await t.rejects(check('nowhere/new-file', 'FileOrCreate'), { code: 'ENOENT' });
});

test('a hostPath without a type is taken as it is', async (t) => {
  const { check } = aHost(t);
  await check('file', '');
  await check('missing', '');
});
