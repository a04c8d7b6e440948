import type { Command } from 'commander';
import type { Network } from '../api/network.ts';
import { clientFor } from './context.ts';
import type { Io } from './io.ts';
import { networkText } from './network-text.ts';
import { addVerify } from './network-verify.ts';
import { type Format, outputOption, printObject } from './output.ts';
import { addPlan } from './plan.ts';
import { printTable } from './print-table.ts';

const OWN = '/apis/bootlet.io/v1alpha1';

export const addNetwork = (program: Command, io: Io): void => {
  const network = program.command('network').description("look after the host's network");
  addShow(network, io);
  addPlan(network, io);
  addVerify(network, io);
};

const addShow = (network: Command, io: Io): void => {
  network
    .command('show')
    .description('show the pod network, and how each setting of the host stands')
    .addOption(outputOption('json', 'yaml', 'wide', 'name'))
    .action(async ({ output }: { output: Format }, command: Command) => {
      const client = clientFor(command, io);
      const shown = await client.get<Network>(`${OWN}/network`);
      if (output === 'json' || output === 'yaml') return printObject(io, output, shown);
      if (output !== 'name') io.out(await networkText(shown, io));
      const view = { format: output, withNamespace: false, kind: 'hostsetting' };
      return printTable(client, io, `${OWN}/hostsettings`, view, 'bootlet keeps no settings of this host');
    });
};
