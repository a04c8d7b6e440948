/** Beyond it the texts are shown whole, one after the other: the comparison takes memory for every pair of lines. */
const MOST_PAIRS = 1_000_000;

const linesOf = (text: string | undefined): readonly string[] =>
  text === undefined || text === '' ? [] : text.replace(/\n$/, '').split('\n');

/** Length of the longest common subsequence of what begins at i and at j. */
const commonLengths = (a: readonly string[], b: readonly string[]): readonly (readonly number[])[] => {
  const table: number[][] = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = table[i];
      if (row === undefined) continue;
      const [here, below = 0, right = 0] = [table[i + 1]?.[j + 1] ?? 0, table[i + 1]?.[j], row[j + 1]];
      row[j] = a[i] === b[j] ? here + 1 : Math.max(below, right);
    }
  }
  return table;
};

/** The lines that go (`- `) and come (`+ `) between two texts; those that stay are left out. Undefined: there is none. */
export const lineDiff = (before: string | undefined, after: string | undefined): readonly string[] => {
  const [a, b] = [linesOf(before), linesOf(after)];
  if (a.length * b.length > MOST_PAIRS) return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)];
  const common = commonLengths(a, b);
  const diff: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) {
      diff.push(`- ${a[i++]}`);
    } else diff.push(`+ ${b[j++]}`);
  }
  return diff;
};
