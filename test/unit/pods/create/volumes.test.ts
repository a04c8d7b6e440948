import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { podFiles } from '../../../../daemon/pods/create/pod-files.ts';
import { prepareVolumes } from '../../../../daemon/pods/create/volumes.ts';
import { aPod } from '../../../support/pod-builders.ts';

/** Prepares a hostPath volume of a type in a folder that holds a `file` and a `folder`. */
const aHost = async (t: Test) => {
  const root = t.testdir({ file: '', folder: {} });
  const prepare = (name: string, type: string): Promise<void> =>
    prepareVolumes(
      aPod({ volumes: [{ name: 'data', hostPath: { path: join(root, name), type } }] }),
      podFiles(root, 'u'),
    );
  return { root, prepare };
};

test('an emptyDir is open to whoever the containers run as', async (t) => {
  const files = podFiles(t.testdir(), 'u');
  await prepareVolumes(aPod({ volumes: [{ name: 'data', emptyDir: {} }] }), files);
  t.equal((await stat(files.volume('data'))).mode & 0o777, 0o777);
});

test('an emptyDir keeps what is in it', async (t) => {
  const files = podFiles(t.testdir(), 'u');
  const pod = aPod({ volumes: [{ name: 'data', emptyDir: {} }] });
  await mkdir(files.volume('data'), { recursive: true });
  await writeFile(join(files.volume('data'), 'kept'), '');
  await prepareVolumes(pod, files);
  t.ok((await stat(join(files.volume('data'), 'kept'))).isFile());
});

test('a hostPath must be what its type says', async (t) => {
  const { prepare } = await aHost(t);
  await prepare('file', 'File');
  await prepare('folder', 'Directory');
  await t.rejects(prepare('file', 'Directory'), { code: 'E_VOLUME', message: /is not a Directory/ });
  await t.rejects(prepare('folder', 'File'), { code: 'E_VOLUME' });
  await t.rejects(prepare('file', 'Socket'), { code: 'E_VOLUME' });
  await t.rejects(prepare('missing', 'File'), { code: 'E_VOLUME' });
});

test('a hostPath that is missing is made where its type allows', async (t) => {
  const { root, prepare } = await aHost(t);
  await prepare('new/folder', 'DirectoryOrCreate');
  await prepare('new-file', 'FileOrCreate');
  await prepare('untyped', '');
  t.ok((await stat(join(root, 'new/folder'))).isDirectory());
  t.ok((await stat(join(root, 'new-file'))).isFile());
  t.ok((await stat(join(root, 'untyped'))).isDirectory());
});

test('a hostPath of any type is taken as it is where no type is given', async (t) => {
  const { prepare } = await aHost(t);
  await t.resolves(prepare('file', ''));
});
