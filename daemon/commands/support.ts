import type { Command } from 'commander';
import { BootletError } from '../errors.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';

interface SupportOptions {
  readonly config?: string;
  readonly output?: string;
  /** Of the program. */
  readonly socket?: string;
}

export const addSupport = (program: Command, io: Io): void => {
  program
    .command('support')
    .description('write one file to send to who helps: all about this host, without secrets; the daemon need not run')
    .option('-o, --output <file>', 'a new file, or - (default: bootlet-support-HOST-TIME.tar.gz in this folder)')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .action(async (_options: unknown, command: Command) => {
      const { config: configFile, output, socket }: SupportOptions = command.optsWithGlobals();
      if (output === '-' && io.isTerminal) throw new BootletError('E_USAGE', 'an archive is nothing for a terminal');
      const { writeSupport } = await import('../support.ts');
      const bundle = await writeSupport({ configFile, socket, output: output === '-' ? io.stdout : output });
      io.note(bundle.contents);
      if (bundle.path !== undefined) io.out(`${bundle.path}\n`);
      if (bundle.isComplete || process.geteuid?.() === 0) return;
      io.note('hint: root can have more of it: sudo bootlet support\n');
      io.setExitCode(EXIT.permission);
    });
};
