import { test } from 'tap';
import { BootletError } from '../../../daemon/errors.ts';
import { contentsText } from '../../../daemon/support/contents.ts';
import { MOST_LENGTH, type Part, takeParts } from '../../../daemon/support/part.ts';

const part = (name: string, take: Part['take'], more: Partial<Part> = {}): Part => ({
  name,
  what: `the ${name}`,
  take,
  ...more,
});

test('a part that fails keeps no other from being taken, and is told of with its error and code, without secrets', async (t) => {
  const taken = await takeParts(
    [
      part('bad', () => Promise.reject(new BootletError('E_TIMEOUT', 'http://u:hunter2@h did not end'))),
      part('gone', () => Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' }))),
      part('good', async () => 'password=hunter2\n'),
    ],
    [],
  );
  t.same(
    taken.map(({ text }) => text),
    [undefined, undefined, 'password=[redacted:named]\n'],
  );
  const contents = contentsText(taken);
  t.match(contents, /^good +26 +1 named +the good$/m);
  t.match(contents, /^bad: http:\/\/\[redacted:url\]@h did not end \(E_TIMEOUT\)$/m);
  t.match(contents, /^gone: no such file \(ENOENT\)$/m);
  t.notMatch(contents, 'hunter2');
});

test('of what is too long the beginning is kept, or the end, up to a whole line, and that is told', async (t) => {
  const line = `${'x'.repeat(99)}\n`;
  const long = async () => `first\n${line.repeat(MOST_LENGTH / 100 + 1)}last\n`;
  const [beginning, end, one] = await takeParts(
    [
      part('a', long),
      part('b', long, { keep: 'end' }),
      part('c', async () => 'x'.repeat(MOST_LENGTH + 1), { keep: 'end' }),
    ],
    [],
  );
  t.ok(beginning?.text?.startsWith('first\n') && beginning.text.endsWith(line));
  t.ok(end?.text?.startsWith(line) && end.text.endsWith('last\n'));
  for (const { text = '', isCut } of [beginning, end].filter((p) => p !== undefined)) {
    t.ok(isCut && text.length <= MOST_LENGTH && text.length > MOST_LENGTH - 200);
  }
  t.equal(one?.text, '', 'half a line may be half a secret');
  t.match(contentsText([one].filter((p) => p !== undefined)), /the c, cut to 2 Mi characters/);
});
