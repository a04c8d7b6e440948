import type { Command } from 'commander';
import type { Cluster } from '../api/cluster.ts';
import type { ServedNode } from '../api/nodes.ts';
import { addClusterOptions, type ClusterOptions, clusterConfig } from './cluster-options.ts';
import { clientFor } from './context.ts';
import type { Io } from './io.ts';
import { nodeText } from './node-text.ts';
import { type Format, outputOption, printObject } from './output.ts';
import { printTable } from './print-table.ts';
import { secondsOf } from './seconds.ts';

export const addNode = (program: Command, io: Io): void => {
  const node = program.command('node').description('look after the Node that stands for this host in its cluster');
  addShow(node, io);
  addRegister(node, io);
};

const addShow = (node: Command, io: Io): void => {
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

interface RegisterOptions extends ClusterOptions {
  readonly dryRun?: boolean;
  readonly wait: string;
  readonly output: Format;
}

const addRegister = (node: Command, io: Io): void => {
  addClusterOptions(
    node
      .command('register')
      .description('register this host with a cluster once, as the daemon does it always; the daemon must not run'),
  )
    .option('--dry-run', 'find out whether it would work, and print the Node; changes nothing')
    .option('--wait <seconds>', 'how long others may take, who approves the certificate for one', '60')
    .addOption(outputOption('json', 'yaml', 'name'))
    .action(async ({ dryRun = false, wait, output, ...which }: RegisterOptions) => {
      const { planRegistration, registerHost } = await import('../register.ts');
      const config = await clusterConfig(which);
      const options = { patienceMs: secondsOf(wait) * 1000, onProgress: (text: string) => io.note(`${text}\n`) };
      const node = dryRun ? (await planRegistration(config, options)).node : await registerHost(config, options);
      if (output === 'json' || output === 'yaml') return printObject(io, output, node);
      const name = node.metadata?.name ?? '';
      io.out(output === 'name' ? `node/${name}\n` : `node/${name} ${dryRun ? 'would be registered' : 'registered'}\n`);
    });
};
