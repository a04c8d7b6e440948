import fc from 'fast-check';
import { test } from 'tap';
import { lineDiff } from '../../../daemon/commands/line-diff.ts';

test('only the lines that go and come are shown, in their places', async (t) => {
  t.same(lineDiff('a\nb\nc\n', 'a\nx\nc\ny\n'), ['- b', '+ x', '+ y']);
});

test('what is new has only lines that come, and what goes only lines that go', async (t) => {
  t.same(lineDiff(undefined, 'a\nb'), ['+ a', '+ b']);
  t.same(lineDiff('a\nb', undefined), ['- a', '- b']);
});

test('the same text has no diff', async (t) => t.same(lineDiff('a\nb\n', 'a\nb'), []));

test('texts too long to be compared are shown whole', async (t) => {
  const long = Array.from({ length: 2000 }, (_, i) => String(i)).join('\n');
  t.equal(lineDiff(long, long).length, 4000);
});

test('what goes are lines of the one, and what comes are lines of the other, each in its order', async () => {
  const isWithin = (part: readonly string[], whole: readonly string[]): boolean => {
    let at = 0;
    for (const line of whole) if (line === part[at]) at++;
    return at === part.length;
  };
  const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const diff = lineDiff(before.join('\n'), after.join('\n'));
      const [gone, come] = ['- ', '+ '].map((mark) =>
        diff.filter((line) => line.startsWith(mark)).map((line) => line.slice(2)),
      );
      const balance = before.length - (gone?.length ?? 0) === after.length - (come?.length ?? 0);
      return balance && isWithin(gone ?? [], before) && isWithin(come ?? [], after);
    }),
  );
});
