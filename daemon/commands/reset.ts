import type { Command } from 'commander';
import { BootletError } from '../errors.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';

interface ResetOptions {
  readonly config?: string;
  readonly network?: boolean;
  readonly yes?: boolean;
}

export const addReset = (program: Command, io: Io): void => {
  program
    .command('reset')
    .description(
      'end and remove the pods that bootlet runs and the images it brought, and give the network of this host back as it was; the daemon must be stopped',
    )
    .option('--network', 'only give the network back')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .option('--yes', 'yes, end them; with --network: also where that interrupts something')
    .action(async ({ config: file, network = false, yes = false }: ResetOptions) => {
      if (!yes && !network) throw new BootletError('E_USAGE', 'reset ends every pod that bootlet runs here: add --yes');
      const { loadConfig } = await import('../config/load.ts');
      const { resetHost } = await import('../reset.ts');
      const { pods, made, held } = await resetHost(await loadConfig(file), { pods: !network, interrupt: yes });
      if (!network) io.out(`removed ${pods} pods\n`);
      for (const { object } of made) io.out(`took back ${object}\n`);
      if (held.length === 0) return;
      for (const change of held) io.note(`left as it is: ${change.object}: ${change.held}\n`);
      io.setExitCode(EXIT.failure);
    });
};
