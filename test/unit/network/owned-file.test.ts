import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import {
  checkWritable,
  giveBackFile,
  MODE,
  originalOf,
  PRIVATE,
  readOwnedFile,
  tidyOwnedFile,
  writeOwnedFile,
} from '../../../daemon/network/owned-file.ts';
import { skipUnless } from '../../support/requires.ts';
import { stateFolder } from '../../support/state-folder.ts';

const skip = skipUnless(process.getuid?.() === 0, 'it needs root');

test('a file that was there comes back with every byte and its mode', async (t) => {
  const path = join(stateFolder(t), 'file');
  const bytes = Buffer.from([0, 0xff, 0xfe, 0x80, 0x0a, 0xc3]);
  await writeFile(path, bytes);
  await chmod(path, 0o640);
  const original = originalOf(await readOwnedFile(path));
  await writeOwnedFile(path, 'of bootlet\n', PRIVATE);
  t.equal((await readOwnedFile(path)).content, 'of bootlet\n');
  await giveBackFile(path, JSON.parse(JSON.stringify(original)));
  t.same(readFileSync(path), bytes);
  t.equal(statSync(path).mode & 0o7777, 0o640);
});

test('a file that was not there goes, and the folder that was made for it unless others use it', async (t) => {
  const folder = join(stateFolder(t), 'made');
  const path = join(folder, 'file');
  const original = originalOf(await readOwnedFile(path));
  await writeOwnedFile(path, 'of bootlet\n', PRIVATE);
  await writeFile(join(folder, 'other'), '');
  await giveBackFile(path, original);
  t.notOk(existsSync(path));
  t.ok(existsSync(join(folder, 'other')));
  const none = await readOwnedFile(join(folder, 'sub/file'));
  await writeOwnedFile(none.path, 'of bootlet\n', PRIVATE);
  await giveBackFile(none.path, originalOf(none));
  await giveBackFile(none.path, originalOf(none));
  t.notOk(existsSync(join(folder, 'sub')));
});

test('what a cut left of a write goes with the file, and with what comes back in its place', async (t) => {
  const folder = stateFolder(t);
  const cut = () => writeFile(join(folder, 'made/.file.tmp'), 'half of it');
  const path = join(folder, 'made/file');
  const original = originalOf(await readOwnedFile(path));
  await mkdir(join(folder, 'made'));
  await cut();
  await giveBackFile(path, original);
  t.same(readdirSync(folder), [], 'where it never got its name');
  await writeOwnedFile(path, 'of somebody else\n', MODE);
  const other = originalOf(await readOwnedFile(path));
  await cut();
  await giveBackFile(path, other);
  t.same(readdirSync(join(folder, 'made')), ['file']);
  await cut();
  await tidyOwnedFile(path, false);
  t.same(readdirSync(join(folder, 'made')), ['file'], 'and beside one that stays as it is');
});

test('a link stays a link, and the file behind it its owner’s', { skip }, async (t) => {
  const folder = stateFolder(t);
  const path = join(folder, 'link');
  await writeFile(join(folder, 'file'), '');
  await chown(join(folder, 'file'), 0, 1);
  await symlink('file', path);
  await writeOwnedFile(path, 'of bootlet\n', 0o644);
  t.ok(lstatSync(path).isSymbolicLink());
  t.equal(readFileSync(join(folder, 'file'), 'utf8'), 'of bootlet\n');
  t.equal(statSync(path).gid, 1);
});

test('one that others can change, and one too large, are refused before anything is touched', async (t) => {
  const folder = stateFolder(t);
  const [open, large] = [join(folder, 'open'), join(folder, 'large')];
  await writeFile(open, '');
  await chmod(open, 0o666);
  await t.rejects(readOwnedFile(open), { code: 'E_NETWORK_REFUSED', hint: `chmod go-w ${open}`, retryable: false });
  await writeFile(large, Buffer.alloc(2 ** 20 + 1));
  await t.rejects(readOwnedFile(large), { code: 'E_NETWORK_REFUSED', message: /holds more than 1048576 bytes/ });
});

test('whether it can be written is that of the first folder that is there', async (t) => {
  const folder = stateFolder(t);
  t.ok((await readOwnedFile(join(folder, 'not/there/file'))).isWritable);
  const seen = await readOwnedFile('/proc/sys/not/there/file');
  t.throws(() => checkWritable(seen, 'a way out'), { code: 'E_NETWORK_REFUSED', hint: 'a way out' });
});
