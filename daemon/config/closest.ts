/** Edits (insert, delete, replace) that make `b` of `a`. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    let left = i + 1;
    const next = [left];
    for (const [j, other] of [...b].entries()) {
      left = Math.min(left + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1));
      next.push(left);
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** `; did you mean "x"?` for the candidate that is at most a third of its letters away, else nothing. */
export const didYouMean = (word: string, candidates: readonly string[]): string => {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, candidate.length / 3))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0] === undefined ? '' : `; did you mean "${ranked[0].candidate}"?`;
};
