import { test } from 'tap';
import { oncePerTurn } from '../../../daemon/host/once-per-turn.ts';

/** Answers each question with itself and the number of the look. */
const asker = () => {
  const looks: string[][] = [];
  const ask = oncePerTurn<string, string>(
    (question) => question,
    (asked) => {
      const number = looks.push(asked.map(({ question }) => question));
      for (const { question, answer } of asked) answer.resolve(`${question}${number}`);
    },
  );
  return { looks, ask };
};

test('what is asked for in one turn is looked at once, and each question once', async (t) => {
  const { looks, ask } = asker();
  const later = Promise.resolve().then(() => ask('a'));
  t.same(await Promise.all([ask('a'), ask('b'), later]), ['a1', 'b1', 'a1']);
  t.same(looks, [['a', 'b']]);
});

test('who asks once a look has begun gets another one, since what is seen may have changed by then', async (t) => {
  const started = Promise.withResolvers<void>();
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let looks = 0;
  const ask = oncePerTurn<'a', string>(String, (asked) => {
    const answer = answers[looks++];
    for (const one of asked) one.answer.resolve(answer?.promise ?? '');
    started.resolve();
  });
  const before = ask('a');
  await started.promise;
  const after = ask('a');
  for (const [index, { resolve }] of answers.entries()) resolve(`look ${index}`);
  t.same(await Promise.all([before, after]), ['look 0', 'look 1']);
});
