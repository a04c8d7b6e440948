import { isSea } from 'node:sea';

/** The command line of this program, whether it is one executable or run from its sources. */
export const self = (): readonly [string, ...string[]] => [
  process.execPath,
  ...(isSea() ? [] : process.argv.slice(1, 2)),
];
