import type { Command } from 'commander';
import { BootletError } from '../errors.ts';
import type { Io } from './io.ts';

export const addReset = (program: Command, io: Io): void => {
  program
    .command('reset')
    .description('end and remove the pods that bootlet runs, and the images it brought; the daemon must be stopped')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .option('--yes', 'yes, end them')
    .action(async ({ config: file, yes }: { config?: string; yes?: true }) => {
      if (yes !== true) throw new BootletError('E_USAGE', 'reset ends every pod that bootlet runs here: add --yes');
      const { loadConfig } = await import('../config/load.ts');
      const { resetHost } = await import('../reset.ts');
      io.out(`removed ${await resetHost(await loadConfig(file))} pods\n`);
    });
};
