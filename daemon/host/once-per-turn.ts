/** Something that somebody waits for. */
export interface Asked<Question, Answer> {
  readonly question: Question;
  readonly answer: PromiseWithResolvers<Answer>;
}

/**
 * Gathers what is asked for in one turn of the event loop, each question once, for one look that answers all of it.
 * Invariant: a look begins after everybody who shares it has asked, so that who was woken by a change, or has just made
 * one, is never told of the time before it.
 * @param look settles every answer, now or later; must not throw
 */
export const oncePerTurn = <Question, Answer>(
  keyOf: (question: Question) => string,
  look: (asked: readonly Asked<Question, Answer>[]) => unknown,
): ((question: Question) => Promise<Answer>) => {
  let asked = new Map<string, Asked<Question, Answer>>();
  const begin = (): void => {
    const all = [...asked.values()];
    asked = new Map();
    look(all);
  };
  return (question) => {
    const key = keyOf(question);
    const one = asked.get(key) ?? { question, answer: Promise.withResolvers<Answer>() };
    if (asked.size === 0) setImmediate(begin);
    asked.set(key, one);
    return one.answer.promise;
  };
};
