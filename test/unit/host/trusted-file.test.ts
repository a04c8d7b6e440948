import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { readTrusted, resolveTrusted } from '../../../daemon/host/trusted-file.ts';
import { scratchFolder } from '../../support/file-source.ts';
import { skipUnless } from '../../support/requires.ts';

const asRoot = { skip: skipUnless(process.geteuid?.() === 0, 'needs root') };
const NOBODY = 65534;

/** FOLDER/etc/file with `text` in it. */
const aFile = (t: Test): { root: string; etc: string; file: string } => {
  const root = scratchFolder(t);
  const etc = join(root, 'etc');
  mkdirSync(etc);
  writeFileSync(join(etc, 'file'), 'text');
  return { root, etc, file: join(etc, 'file') };
};

const read = async (path: string): Promise<string> => Buffer.from(await readTrusted(path, 100)).toString();

test('a file that only root can change is read, although /tmp above it is open to all', async (t) => {
  const { file } = aFile(t);
  t.equal(await read(file), 'text');
});

test('links that only root can change are followed, absolute, relative and through folders', async (t) => {
  const { root, etc, file } = aFile(t);
  symlinkSync(file, join(root, 'absolute'));
  symlinkSync('etc', join(root, 'folder'));
  symlinkSync('../folder/../folder/file', join(etc, 'round'));
  for (const path of ['absolute', 'folder/file', 'etc/round']) t.equal(await read(join(root, path)), 'text', path);
  t.equal(await resolveTrusted(join(root, 'etc/round')), file);
});

test('a file, a folder or a link target that others may write to is refused, and the hint mends it', async (t) => {
  const { root, etc, file } = aFile(t);
  symlinkSync(file, join(root, 'link'));
  for (const component of [file, etc]) {
    chmodSync(component, 0o777);
    for (const path of [file, join(root, 'link')]) {
      await t.rejects(read(path), {
        code: 'E_FILE_UNTRUSTED',
        message: new RegExp(`^${component} `),
        hint: `chmod go-w ${component}`,
      });
    }
    execFileSync('chmod', ['go-w', component]);
  }
  t.equal(await read(file), 'text');
});

test('group-writable is enough to be refused', async (t) => {
  const { file } = aFile(t);
  chmodSync(file, 0o620);
  await t.rejects(read(file), { code: 'E_FILE_UNTRUSTED' });
});

test('a sticky file is not a sticky folder', async (t) => {
  const { file } = aFile(t);
  chmodSync(file, 0o1666);
  await t.rejects(read(file), { code: 'E_FILE_UNTRUSTED' });
});

test('a file, a folder or a link of another user is refused', asRoot, async (t) => {
  const { root, etc, file } = aFile(t);
  symlinkSync(file, join(root, 'link'));
  lchownSync(join(root, 'link'), NOBODY, NOBODY);
  await t.rejects(read(join(root, 'link')), { code: 'E_FILE_UNTRUSTED', hint: `chown -h root ${join(root, 'link')}` });
  for (const component of [file, etc]) {
    chownSync(component, NOBODY, NOBODY);
    await t.rejects(read(file), { code: 'E_FILE_UNTRUSTED', hint: `chown root ${component}` });
    chownSync(component, 0, 0);
  }
});

test('a link that another user planted in a folder open to all is refused', asRoot, async (t) => {
  const { root, file } = aFile(t);
  const shared = join(root, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  symlinkSync(file, join(shared, 'link'));
  t.equal(await read(join(shared, 'link')), 'text', 'one of root is fine there');
  lchownSync(join(shared, 'link'), NOBODY, NOBODY);
  await t.rejects(read(join(shared, 'link')), { code: 'E_FILE_UNTRUSTED' });
});

test('a circle of links ends with an error', async (t) => {
  const { root } = aFile(t);
  symlinkSync('b', join(root, 'a'));
  symlinkSync('a', join(root, 'b'));
  await t.rejects(read(join(root, 'a')), { code: 'E_FILE_UNTRUSTED', message: /one link too many/ });
});

test('a pipe, a folder and a device are refused at once', async (t) => {
  const { root, etc } = aFile(t);
  execFileSync('mkfifo', [join(root, 'pipe')]);
  for (const path of [join(root, 'pipe'), etc]) await t.rejects(read(path), { code: 'E_FILE_UNTRUSTED' });
  await t.rejects(read('/dev/zero'), { code: 'E_FILE_UNTRUSTED' });
});

test('a missing file is told from an untrusted one', async (t) => {
  const { etc } = aFile(t);
  await t.rejects(read(join(etc, 'missing')), { code: 'ENOENT' });
});

test('a file of exactly the limit is read, one byte more is refused', async (t) => {
  const { file } = aFile(t);
  writeFileSync(file, 'x'.repeat(100));
  t.equal((await read(file)).length, 100);
  writeFileSync(file, 'x'.repeat(101));
  await t.rejects(read(file), { code: 'E_FILE_UNREADABLE' });
});

test('a file whose size the file system does not tell is read whole', async (t) => {
  t.equal(await read('/proc/sys/kernel/ostype'), 'Linux\n');
});
