import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import type { Io } from './io.ts';

export const addRun = (program: Command, io: Io): void => {
  program
    .command('run')
    .description('run the daemon in the foreground')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml, if it exists)')
    .action(async ({ config }: { config?: string }) => {
      const { runDaemon } = await import('../main.ts');
      // Compiling undici's WebAssembly parser a second time, for a speed it has no use for, costs 15 MB. On the command
      // line the flag would cost 100 ms: V8 then refuses the code caches of Node's own modules.
      setFlagsFromString('--liftoff-only');
      io.setExitCode(await runDaemon({ configFile: config }));
    });
};
