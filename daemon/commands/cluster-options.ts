import type { Command } from 'commander';
import type { Config } from '../config/schema.ts';

/** Which cluster is meant: that of the configuration, but for what is named. */
export interface ClusterOptions {
  readonly config?: string;
  readonly server?: readonly string[];
  readonly tokenFile?: string;
  readonly caCertHash?: readonly string[];
  readonly caFile?: string;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const addClusterOptions = (command: Command): Command =>
  command
    .option('--config <file>', 'configuration file (default: /etc/bootlet/config.yaml)')
    .option('--server <url>', 'a server of the cluster instead of those configured; may be given again', collect)
    .option('--token-file <file>', 'the file with the bootstrap token')
    .option('--ca-cert-hash <hash>', "sha256:HEX of the authority's key; may be given again", collect)
    .option('--ca-file <file>', "the authority's certificate");

/** The configuration with what the command line says in place of it. @throws BootletError as `loadConfig` */
export const clusterConfig = async (options: ClusterOptions): Promise<Config> => {
  const { loadConfig } = await import('../config/load.ts');
  const { config: file, server: servers, tokenFile, caCertHash: caCertHashes, caFile } = options;
  const cluster = {
    servers,
    tokenFile,
    caFile,
    ...(caCertHashes === undefined ? {} : { discovery: { caCertHashes } }),
  };
  return loadConfig(file, [{ path: 'the command line', text: JSON.stringify({ cluster }) }]);
};
