import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { StateFile } from '../../../daemon/host/state-file.ts';

const parse = (json: unknown): number | undefined => (typeof json === 'number' ? json : undefined);
const fileIn = (folder: string): StateFile<number> =>
  new StateFile({ path: join(folder, 'n.json'), parse, withoutIt: 'counting begins anew' });

test('what was saved last is there after a restart, as JSON', async (t) => {
  const folder = t.testdir({});
  t.equal(await fileIn(folder).load(), undefined);
  const file = fileIn(folder);
  await Promise.all([1, 2, 3].map((n) => file.save(n)));
  t.equal(await fileIn(folder).load(), 3);
  t.equal(readFileSync(join(folder, 'n.json'), 'utf8'), '3');
});

test('a file that is none, or holds something else, is told with what to do', async (t) => {
  const folder = t.testdir({});
  for (const content of ['', '"1"']) {
    writeFileSync(join(folder, 'n.json'), content);
    await t.rejects(fileIn(folder).load(), {
      code: 'E_STATE_BROKEN',
      hint: `remove ${join(folder, 'n.json')}: counting begins anew`,
      retryable: false,
    });
  }
});

test('a save that fails fails no later one', async (t) => {
  const folder = join(t.testdir({}), 'not-yet');
  const file = fileIn(folder);
  await t.rejects(file.save(1), { code: 'ENOENT' });
  mkdirSync(folder);
  await file.save(2);
  t.equal(await file.load(), 2);
});
