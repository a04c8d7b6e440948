import type { Command } from 'commander';
import { clientFor } from './context.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';
import { followTable, printTable } from './print-table.ts';

interface EventsOptions {
  readonly follow?: boolean;
  readonly output: Format;
}

export const addEvents = (program: Command, io: Io): void => {
  program
    .command('events')
    .description('list what happened lately, oldest first')
    .option('-f, --follow', 'then go on with every new event')
    .addOption(outputOption('json', 'yaml', 'wide', 'name'))
    .action(async ({ follow = false, output }: EventsOptions, command: Command) => {
      const client = clientFor(command, io);
      const path = '/api/v1/events?';
      const view = { format: output, withNamespace: true, kind: 'event' };
      if (follow) return followTable(client, io, path, view);
      if (output === 'json' || output === 'yaml') return printObject(io, output, await client.get(path));
      return printTable(client, io, path, view, 'nothing happened yet');
    });
};
