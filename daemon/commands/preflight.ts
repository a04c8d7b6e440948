import type { Command } from 'commander';
import { BootletError } from '../errors.ts';
import type { Io } from './io.ts';

export const addPreflight = (program: Command, io: Io): void => {
  program
    .command('preflight')
    .description('check whether bootlet can own this host; exits 6 when a kubelet reads the manifest folder')
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .action(async ({ config: file }: { config?: string }) => {
      const { loadConfig } = await import('../config/load.ts');
      const { checkFolderOwner } = await import('../pods/source/folder-owner.ts');
      const { manifests } = (await loadConfig(file)).paths;
      const owner = await checkFolderOwner(manifests, { proc: '/proc', root: '/' });
      if (owner === undefined) return io.out(`nobody else reads ${manifests}\n`);
      const who = owner.pid === undefined ? owner.what : `${owner.what} (pid ${owner.pid})`;
      const hint = 'stop and disable it, or give bootlet a folder of its own (paths.manifests)';
      throw new BootletError('E_MANIFEST_FOLDER_CONTESTED', `${who} reads ${manifests} too`, { hint });
    });
};
