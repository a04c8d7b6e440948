import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { FolderMemory } from '../../../../daemon/pods/source/folder-memory.ts';

const folder = { path: '/manifests', identity: '1:2:3', empty: false };

test('the folder is known after a restart', async (t) => {
  const file = join(t.testdir({}), 'folder.json');
  await new FolderMemory(file).save(folder);
  const memory = new FolderMemory(file);
  await memory.load();
  t.same(memory.known, folder);
});

test('a memory that cannot be understood says so, and the next one takes its place', async (t) => {
  const file = join(t.testdir({}), 'folder.json');
  writeFileSync(file, '{"path":1}');
  const memory = new FolderMemory(file);
  await t.rejects(memory.load(), { code: 'E_STATE_BROKEN' });
  t.equal(memory.known, undefined);
  await memory.save(folder);
  await memory.load();
  t.same(memory.known, folder);
});
