import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { MOVED_MS, SETTLE_MS } from '../../../daemon/pods/source/settle.ts';
import { SourceUnderTest } from '../../support/file-source.ts';

const WRITER = join(import.meta.dirname, '../../support/busy-writer.ts');

test('while another process writes in haste, no half-written file is taken over, and in the end the store is what the folder is', {
  timeout: 120_000,
}, async (t) => {
  for (const seed of ['1', '2', '3', '4']) {
    const source = new SourceUnderTest(t);
    await source.start();
    const { stdout } = await promisify(execFile)(process.execPath, [WRITER, source.folder, '2000', seed]);
    const expected = readdirSync(source.folder).map((name) => readFileSync(source.path(name), 'utf8'));
    await Promise.all(expected.map((text) => source.said(`${text.split(' ')[1]}: ${text}`)));
    await source.stop();
    // A writer that the machine held up for longer than a file must be at rest cannot be told from one that is done.
    const held = Number(stdout);
    const half = source.history.filter((line) => !/(end|removed|ignored)$/.test(line));
    if (held < SETTLE_MS / 2)
      t.same(
        half.filter((line) => line.endsWith('invalid')),
        [],
        `seed ${seed}`,
      );
    if (held < MOVED_MS) t.same(half, [], `seed ${seed}`);
    for (const text of expected) t.equal(source.uidOf(text.split(' ')[1] ?? ''), text);
  }
});
