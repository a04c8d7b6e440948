import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { writeFileAtomically } from '../../../daemon/host/atomic-file.ts';
import { scratchFolder } from '../../support/file-source.ts';

test('the file holds the new content, for root alone, and nothing is left beside it', async (t) => {
  const folder = scratchFolder(t);
  const file = join(folder, 'state.json');
  writeFileSync(file, 'old', { mode: 0o644 });
  await writeFileAtomically(file, 'new');
  t.equal(readFileSync(file, 'utf8'), 'new');
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.same(readdirSync(folder), ['state.json']);
});

test('the mode is the one asked for, whatever the umask', async (t) => {
  const file = join(scratchFolder(t), 'public');
  const before = process.umask(0o077);
  t.teardown(() => process.umask(before));
  await writeFileAtomically(file, 'new', 0o644);
  t.equal(statSync(file).mode & 0o777, 0o644);
});

test('a reader never sees half of it', async (t) => {
  const file = join(scratchFolder(t), 'big');
  const contents = ['a', 'b'].map((letter) => letter.repeat(1 << 20));
  await writeFileAtomically(file, contents[0] ?? '');
  let writing = true;
  const writes = (async () => {
    for (let i = 0; i < 20; i++) await writeFileAtomically(file, contents[i % 2] ?? '');
    writing = false;
  })();
  while (writing) {
    t.ok(contents.includes(readFileSync(file, 'utf8')));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writes;
});

test('a write that fails leaves the old content and nothing beside it', async (t) => {
  const folder = scratchFolder(t);
  mkdirSync(join(folder, 'taken/child'), { recursive: true });
  await t.rejects(writeFileAtomically(join(folder, 'taken'), 'new'));
  t.same(readdirSync(folder), ['taken']);
});

test('what a crash in a write left over is gone after the next one', async (t) => {
  const folder = scratchFolder(t);
  const file = join(folder, 'state.json');
  await writeFileAtomically(file, 'old');
  writeFileSync(join(folder, '.state.json.tmp'), 'half of someth', { mode: 0o644 });
  await writeFileAtomically(file, 'new');
  t.equal(readFileSync(file, 'utf8'), 'new');
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.same(readdirSync(folder), ['state.json']);
});
