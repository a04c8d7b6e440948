import { Argument, type Command } from 'commander';
import { errorTable } from '../errors.ts';
import type { Io } from './io.ts';

export const addExplain = (program: Command, io: Io): void => {
  program
    .command('explain')
    .description('say what an error code means')
    .addArgument(new Argument('<code>', 'such as E_MANIFEST_INVALID').choices(Object.keys(errorTable)))
    .action((code: keyof typeof errorTable) => io.out(`${code}: ${errorTable[code]}\n`));
};
