import type { Originals } from '../../host/ledger.ts';
import type { Sysctls } from '../../host/sysctls.ts';
import type { EngineState } from '../../runtime/docker/engine-state.ts';
import { routeLocalnetPath } from '../host-ports/route-localnet.ts';
import { keyEntry } from './target.ts';

/** Whether a bridge of Docker's routes to 127.0.0.1, `0` or `1`. */
export interface LoopbackRoute {
  /** Below /proc/sys; the ledger's name for it too. */
  readonly path: string;
  readonly now: string;
  /** As it was before bootlet; of a bridge that came later, as the kernel gives it to a new one. */
  readonly original: string;
}

export interface LoopbackRoutesInput {
  readonly sysctls: Pick<Sysctls, 'read'>;
  /** What the ledger has of Docker's options. */
  readonly originals: Originals;
  readonly engine: EngineState | undefined;
  /** Interfaces of the host, where Docker need not answer. */
  readonly links: readonly string[];
}

/** Docker's own bridge and, by its names for them, those of networks of its API (moby libnetwork/drivers/bridge). */
const DOCKERS = /^(docker0|br-[0-9a-f]{12})$/;

/**
 * Of every bridge of Docker's. Without its proxies dockerd sets `route_localnet` on each, and never takes it back: without
 * the guard the host's 127.0.0.1 would be open to what is on them (CVE-2020-8558). So a reset has to.
 */
export const loopbackRoutes = ({
  sysctls,
  originals,
  engine,
  links,
}: LoopbackRoutesInput): readonly LoopbackRoute[] => {
  const networks = [...(engine?.bridge === undefined ? [] : [engine.bridge]), ...(engine?.userNetworks ?? [])];
  const bridges = [...links.filter((name) => DOCKERS.test(name)), ...networks.map(({ bridgeName }) => bridgeName)];
  const entered = Object.keys(originals).filter((entry) => entry.endsWith('/route_localnet'));
  const isSwitched = Object.hasOwn(originals, keyEntry('userland-proxy'));
  return [...new Set([...bridges.map(routeLocalnetPath), ...entered])].flatMap((path) => {
    const now = sysctls.read(path);
    if (now === undefined) return [];
    const fresh = isSwitched ? sysctls.read(routeLocalnetPath('default')) : now;
    const original = originals[path] ?? fresh ?? now;
    return [{ path, now, original: String(original) }];
  });
};
