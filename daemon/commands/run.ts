import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import type { Io } from './io.ts';

export const addRun = (program: Command, io: Io): void => {
  program
    .command('run')
    .description('run the daemon in the foreground')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml, if it exists)')
    .action(async ({ config }: { config?: string }) => {
      io.ownInterrupt();
      const { runDaemon } = await import('../main.ts');
      // Compiling undici's WebAssembly parser a second time, for a speed it has no use for, costs 10 MB. Set after the
      // modules are loaded, since V8 takes no code cache under flags other than those it was made under.
      setFlagsFromString('--no-wasm-tier-up --no-wasm-dynamic-tiering');
      io.setExitCode(await runDaemon({ configFile: config }));
    });
};
