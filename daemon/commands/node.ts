import type { Command } from 'commander';
import type { Cluster } from '../api/cluster.ts';
import type { ServedNode } from '../api/nodes.ts';
import { clientFor } from './context.ts';
import type { Io } from './io.ts';
import { nodeText } from './node-text.ts';
import { type Format, outputOption, printObject } from './output.ts';
import { printTable } from './print-table.ts';

export const addNode = (program: Command, io: Io): void => {
  const node = program.command('node').description('look after the Node that stands for this host in its cluster');
  node
    .command('show')
    .description('show the Node: as the cluster has it, else as it would be made')
    .addOption(outputOption('json', 'yaml', 'wide', 'name'))
    .action(async ({ output }: { output: Format }, command: Command) => {
      const client = clientFor(command, io);
      if (output === 'wide' || output === 'name') {
        const view = { format: output, withNamespace: false, kind: 'node' };
        return printTable(client, io, '/api/v1/nodes', view, 'there is no Node');
      }
      const { items } = await client.get<{ readonly items: readonly [ServedNode] }>('/api/v1/nodes');
      const [shown] = items;
      if (output !== 'text') return printObject(io, output, shown);
      io.out(await nodeText(shown, await client.get<Cluster>('/apis/bootlet.io/v1alpha1/cluster'), io));
    });
};
