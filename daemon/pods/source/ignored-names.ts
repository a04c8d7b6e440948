/** What editors, package managers and people leave beside the real files. None of it is ever meant to run. */
const IGNORED: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^\./, 'a dot file'],
  [/~$/, "an editor's backup"],
  [/\.swp$/, "an editor's swap file"],
  [/\.(bak|backup|orig)$/, 'a backup copy'],
  [/\.rpmnew$/, 'a file that the package manager left for comparison'],
  [/\.dpkg-[^.]*$/, 'a file that the package manager left for comparison'],
];

/** Why a file of this name is not read, or undefined if it is. */
export const ignoredBecause = (name: string): string | undefined => {
  const rule = IGNORED.find(([pattern]) => pattern.test(name));
  return rule === undefined ? undefined : `${rule[1]}, by its name`;
};
