import type { Command } from 'commander';
import type { Config } from '../config/schema.ts';
import { BootletError } from '../errors.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { changesOf } from './plan-text.ts';
import { reportError } from './report-error.ts';

export const addPreflight = (program: Command, io: Io): void => {
  program
    .command('preflight')
    .description(
      'check whether bootlet can own this host; exits 6 when a kubelet reads the manifest folder, or the host does not allow the network that is configured',
    )
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .action(async ({ config: file }: { config?: string }) => {
      const { loadConfig } = await import('../config/load.ts');
      const config = await loadConfig(file);
      await checkManifests(config, io);
      await checkNetwork(config, io);
    });
};

const checkManifests = async ({ paths: { manifests } }: Config, io: Io): Promise<void> => {
  const { checkFolderOwner } = await import('../pods/source/folder-owner.ts');
  const owner = await checkFolderOwner(manifests, { proc: '/proc', root: '/' });
  if (owner === undefined) return io.out(`nobody else reads ${manifests}\n`);
  const who = owner.pid === undefined ? owner.what : `${owner.what} (pid ${owner.pid})`;
  const hint = 'stop and disable it, or give bootlet a folder of its own (paths.manifests)';
  throw new BootletError('E_MANIFEST_FOLDER_CONTESTED', `${who} reads ${manifests} too`, { hint });
};

/** Only a refusal stands in the way: what cannot be looked at yet, such as a Docker that is not installed, may come. */
const checkNetwork = async (config: Config, io: Io): Promise<void> => {
  const { planHost } = await import('../plan.ts');
  const { spec, why, isAbandoned, settings } = await planHost(config);
  if (spec === undefined)
    return io.out(isAbandoned ? `${why}\n` : `nothing of the host's network is touched: ${why}\n`);
  const errors = settings.flatMap((setting) => ('error' in setting ? setting.error : []));
  for (const error of errors) reportError(error, io);
  if (errors.some(({ code }) => code === 'E_NETWORK_REFUSED')) return io.setExitCode(EXIT.preflight);
  const changes = settings.flatMap(changesOf).filter(({ advice }) => advice === undefined);
  io.out(`${changes.length} changes to the host's network (bootlet plan shows them)\n`);
  const restarted = new Set(changes.flatMap(({ restarts }) => restarts ?? []));
  for (const what of restarted) io.out(`restarts ${what}\n`);
};
