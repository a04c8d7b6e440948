import type { Command } from 'commander';
import { version } from '../version.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';

export const addVersion = (program: Command, io: Io): void => {
  program
    .command('version')
    .description('print the version of this program')
    .addOption(outputOption('json', 'yaml'))
    .action(async ({ output }: { output: Format }) => {
      if (output === 'json' || output === 'yaml') return printObject(io, output, { version, node: process.version });
      return io.out(`bootlet ${version}\n`);
    });
};
