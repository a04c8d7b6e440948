import { closest, distance } from 'fastest-levenshtein';

/** What a person may have meant is among the first; a file of megabytes may name tens of thousands. */
const mostKnown = 500;

/** A did-you-mean for a name that is nearly one of the known ones; nothing where a guess would only mislead. */
export const suggest = (name: string, all: readonly string[]): { hint?: string } => {
  const known = all.slice(0, mostKnown);
  const sameButForCase = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (sameButForCase !== undefined) return { hint: `did you mean '${sameButForCase}'?` };
  if (known.length === 0 || name.length > 64) return {};
  const nearest = closest(name, known);
  return distance(name, nearest) <= Math.max(1, Math.floor(name.length / 3))
    ? { hint: `did you mean '${nearest}'?` }
    : {};
};
