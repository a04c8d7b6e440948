import type { Command } from 'commander';
import type { Io } from './io.ts';

export const addRun = (program: Command, io: Io): void => {
  program
    .command('run')
    .description('run the daemon in the foreground')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml, if it exists)')
    .action(async ({ config }: { config?: string }) => {
      const { runDaemon } = await import('../main.ts');
      io.setExitCode(await runDaemon({ configFile: config }));
    });
};
