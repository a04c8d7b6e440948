import type { Command } from 'commander';
import { BootletError } from '../errors.ts';
import { addClusterOptions, type ClusterOptions, clusterConfig } from './cluster-options.ts';
import type { Io } from './io.ts';

/** A signature comes within a second of the token. */
const PATIENCE_MS = 10_000;

export const addToken = (program: Command, io: Io): void => {
  const token = program.command('token').description('look after the bootstrap token of this host');
  addClusterOptions(
    token
      .command('check')
      .description('find out whether the cluster takes the token on this host, and if not, why; asks for nothing'),
  ).action(async (options: ClusterOptions) => {
    const { checkToken } = await import('../node/discovery/check-token.ts');
    const { systemClock: clock } = await import('../reconcile/clock.ts');
    const { cluster } = await clusterConfig(options);
    refuseOtherKinds(cluster.auth);
    const stopping = new AbortController().signal;
    const onProgress = (text: string): void => io.note(`${text}\n`);
    const { token } = await checkToken({ cluster, clock, stopping, patienceMs: PATIENCE_MS, onProgress });
    io.out(`the token ${token.id} is good\n`);
  });
};

const refuseOtherKinds = (auth: string): void => {
  if (auth === 'bootstrap-token') return;
  throw new BootletError('E_USAGE', `cluster.auth is ${auth}: this host joins without a bootstrap token`);
};
