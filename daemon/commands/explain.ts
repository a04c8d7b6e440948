import type { Command } from 'commander';
import { BootletError, errorTable } from '../errors.ts';
import type { Io } from './io.ts';

export const addExplain = (program: Command, io: Io): void => {
  program
    .command('explain')
    .description('say what an error code means')
    .argument('[code]', 'such as E_MANIFEST_INVALID; without one, all are listed')
    .action(async (code?: string) => {
      const entries = Object.entries(errorTable).filter(([name]) => code === undefined || name === code);
      if (entries.length === 0) throw await unknownCode(code ?? '');
      io.out(entries.map(([name, meaning]) => `${name}: ${meaning}\n`).join(''));
    });
};

const unknownCode = async (code: string): Promise<BootletError> => {
  const { didYouMean } = await import('../config/closest.ts');
  const suggestion = didYouMean(code, Object.keys(errorTable));
  return new BootletError('E_NOT_FOUND', `there is no code ${code}${suggestion}`, {
    hint: 'bootlet explain lists all',
  });
};
