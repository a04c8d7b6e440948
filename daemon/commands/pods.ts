import type { Command } from 'commander';
import type { Client } from './client.ts';
import { clientFor } from './context.ts';
import type { Io } from './io.ts';
import { type Format, outputOption, printObject } from './output.ts';
import { followTable, printTable } from './print-table.ts';

interface PodsOptions {
  readonly watch?: boolean;
  readonly namespace?: string;
  readonly selector?: string;
  readonly output: Format;
}

export const addPods = (program: Command, io: Io): void => {
  program
    .command('pods')
    .description('list the pods of this host')
    .option('-w, --watch', 'then go on with every change')
    .option('-A, --all-namespaces', 'in all namespaces, which is the default')
    .option('-n, --namespace <name>', 'only in this namespace')
    .option('-l, --selector <labels>', 'only with these labels, such as tier=control-plane')
    .addOption(outputOption('json', 'yaml', 'wide', 'name'))
    .action(async (options: PodsOptions, command: Command) => listPods(clientFor(command, io), io, options));
};

const listPods = async (
  client: Client,
  io: Io,
  { watch = false, namespace, selector, output }: PodsOptions,
): Promise<void> => {
  const query = new URLSearchParams(selector === undefined ? {} : { labelSelector: selector });
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const path = `/api/v1${scope}/pods?${query}`;
  const view = { format: output, withNamespace: namespace === undefined, kind: 'pod' };
  if (watch) return followTable(client, io, path, view);
  if (output === 'json' || output === 'yaml') return printObject(io, output, await client.get(path));
  const isAll = namespace === undefined && selector === undefined;
  return printTable(
    client,
    io,
    path,
    view,
    isAll ? 'no pods: put a manifest into the manifest folder' : 'no such pods',
  );
};
