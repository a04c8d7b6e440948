import type { Clock } from '../../reconcile/clock.ts';
import type { NodeMeters } from '../meters.ts';
import type { ClusterAccess } from './access.ts';
import type { Apiserver } from './apiserver.ts';
import { Servers } from './servers.ts';

/**
 * A connection beside the session's, for one errand by another identity.
 * @throws BootletError as `ApiserverSession.use`
 */
export const connectTo = (
  access: ClusterAccess,
  clock: Clock,
  { requests }: Pick<NodeMeters, 'requests'>,
): Apiserver & AsyncDisposable => {
  const servers = new Servers({ access, clock, requests, onChange: () => undefined });
  return {
    call: (call) => servers.call(call),
    watch: (path, query, signal) => servers.watch(path, query, signal),
    [Symbol.asyncDispose]: () => servers.destroy(),
  };
};
