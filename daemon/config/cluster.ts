import type { Config } from './schema.ts';

/** Whether there is a cluster that this host belongs to. */
export const hasCluster = ({ servers, discovery }: Config['cluster']): boolean =>
  servers.length > 0 || discovery.file !== '';
