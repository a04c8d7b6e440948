import { closest, distance } from 'fastest-levenshtein';

/** A did-you-mean for a name that is nearly one of the known ones; nothing where a guess would only mislead. */
export const suggest = (name: string, known: readonly string[]): { hint?: string } => {
  const sameButForCase = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (sameButForCase !== undefined) return { hint: `did you mean '${sameButForCase}'?` };
  if (known.length === 0 || name.length > 64) return {};
  const nearest = closest(name, known);
  return distance(name, nearest) <= Math.max(1, Math.floor(name.length / 3))
    ? { hint: `did you mean '${nearest}'?` }
    : {};
};
