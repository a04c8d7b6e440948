import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { clientFor } from './context.ts';
import type { Io } from './io.ts';

export const addMetrics = (program: Command, io: Io): void => {
  program
    .command('metrics')
    .description('print the metrics of this host and its pods, as Prometheus reads them')
    .action(async (_options: unknown, command: Command) => {
      await pipeline(await clientFor(command, io).stream('/metrics'), io.stdout, { end: false });
    });
};
