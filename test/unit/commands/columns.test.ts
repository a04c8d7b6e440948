import { test } from 'tap';
import { columns } from '../../../daemon/commands/columns.ts';
import { linesOf } from '../../../daemon/commands/lines.ts';

test('columns are as wide as their widest cell, the last is not padded', async (t) => {
  t.equal(
    columns([
      ['NAME', 'AGE'],
      ['a', 5],
      ['long-name', '5m'],
    ]),
    'NAME        AGE\na           5\nlong-name   5m\n',
  );
  t.equal(columns([]), '');
});

test('lines are put together again however the bytes were cut', async (t) => {
  const bytes = Buffer.from('one\nzwölf\n\nthree');
  async function* oneByOne(): AsyncIterable<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }
  const lines: string[] = [];
  for await (const line of linesOf(oneByOne())) lines.push(line);
  t.same(lines, ['one', 'zwölf', '', 'three']);
});
