import { type ConfigIssue, issueAt } from './issue.ts';
import type { Config } from './schema.ts';
import { placeOf, type Tree } from './tree.ts';

/** What is wrong with settings that are right each by itself. */
export const inconsistenciesIn = ({ pods: { imageGC } }: Config, tree: Tree): readonly ConfigIssue[] => {
  const { lowPercent, highPercent } = imageGC;
  if (lowPercent <= highPercent) return [];
  const message = `must not be above highPercent, which is ${highPercent}`;
  return [issueAt(placeOf(tree, ['pods', 'imageGC', 'lowPercent']), 'pods.imageGC.lowPercent', message)];
};
