import { distance } from 'fastest-levenshtein';

/** `; did you mean "x"?` for the candidate that is at most a third of its letters away, else nothing. */
export const didYouMean = (word: string, candidates: readonly string[]): string => {
  const edits = (candidate: string): number => distance(word.toLowerCase(), candidate.toLowerCase());
  const [nearest] = candidates.toSorted((a, b) => edits(a) - edits(b));
  if (nearest === undefined || edits(nearest) > Math.max(1, nearest.length / 3)) return '';
  return `; did you mean "${nearest}"?`;
};
