import type { Test } from 'tap';

/**
 * The steps after which the ledger or the host is other than after the step before. A cut at one of the others is the same
 * cut: a change is planned, a ledger that has its entry is left, what was done last in a change ends it.
 */
export const cutsOf = (job: 'setup' | 'reset', steps: readonly string[]): readonly string[] =>
  steps.filter(
    (step, n) =>
      !step.startsWith('planned ') &&
      !step.startsWith(job === 'setup' ? 'struck ' : 'entered ') &&
      !(step.startsWith('applied ') && /^(ran|did) /.test(steps[n - 1] ?? '')),
  );

/**
 * Cuts a job at each of those steps. What was cut is started again and goes on from there to its own cut, at the next step:
 * each goes over what all before it have left.
 * @param kill resolves with whether the job came so far
 * @param startOver takes all back that the job has done
 */
export const cutEverywhere = async (
  t: Test,
  cuts: readonly string[],
  kill: (step: string) => Promise<boolean>,
  startOver: () => Promise<unknown>,
): Promise<void> => {
  t.not(cuts.length, 0);
  for (const step of cuts) {
    if (await kill(step)) continue;
    // What the cut before had left needed no such step, and the job is done: it is cut there from its start.
    await startOver();
    t.ok(await kill(step), step);
  }
};
