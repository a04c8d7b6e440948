import type { Command } from 'commander';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';

interface ConfigOptions {
  readonly config?: string;
  readonly output: Format;
}

const fileOption = ['--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)'] as const;

export const addConfig = (program: Command, io: Io): void => {
  const config = program.command('config').description('look at the configuration; the daemon need not run');
  config
    .command('show')
    .description('print the configuration with drop-ins and defaults filled in')
    .option(...fileOption)
    .addOption(outputOption('json', 'yaml'))
    .action(async ({ config: file, output }: ConfigOptions) => {
      const { loadConfig } = await import('../config/load.ts');
      await printObject(io, output === 'json' ? 'json' : 'yaml', await loadConfig(file));
    });
  config
    .command('validate')
    .description('check the configuration and its drop-ins')
    .option(...fileOption)
    .argument('[file]', 'the same as --config')
    .addOption(outputOption('json', 'yaml'))
    .action(async (argument: string | undefined, { config: file = argument, output }: ConfigOptions) => {
      const { readConfigFiles } = await import('../config/load.ts');
      const { describeIssue } = await import('../config/issue.ts');
      const { issues } = await readConfigFiles(file);
      const isValid = issues.length === 0;
      if (output === 'json' || output === 'yaml') await printObject(io, output, { valid: isValid, errors: issues });
      else io.out(isValid ? 'the configuration is valid\n' : `${issues.map(describeIssue).join('\n')}\n`);
      if (!isValid) io.setExitCode(EXIT.invalid);
    });
  config
    .command('default')
    .description('print every setting with its default')
    .addOption(outputOption('json', 'yaml'))
    .action(async ({ output }: ConfigOptions) => {
      const { schema } = await import('../config/schema.ts');
      await printObject(io, output === 'json' ? 'json' : 'yaml', schema.fallback);
    });
};
