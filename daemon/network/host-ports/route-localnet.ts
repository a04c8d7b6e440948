import type { Sysctls } from '../../host/sysctls.ts';
import { type Change, type HostSetting, hostSetting } from '../host-setting.ts';
import { LOOPBACK_GUARD } from '../loopback-guard.ts';
import { isOnLoopback } from './addresses.ts';

interface SysctlChange extends Change {
  /** Undefined: there is nothing to write. */
  readonly value: string | undefined;
}

/** Below /proc/sys. */
export const routeLocalnetPath = (bridge: string): string => `net/ipv4/conf/${bridge}/route_localnet`;

/**
 * Lets what the host sends from 127.0.0.1 out to pods, on their bridge and nowhere else. It would let pods in to what
 * listens on 127.0.0.1 of the host too, but for the loopback guard. Docker without its proxies sets it as well.
 */
export const routeLocalnetSetting = (sysctls: Sysctls): HostSetting =>
  hostSetting<ReadonlyMap<string, string | undefined>, SysctlChange>({
    name: 'host-ports-loopback',
    after: [LOOPBACK_GUARD],
    podsNeed: false,
    needsHostPorts: true,
    wokenBy: ['links'],
    polled: true,
    observe: async (spec, originals) => {
      const wanted = spec === undefined ? [] : [routeLocalnetPath(spec.bridge.name)];
      const paths = new Set([...wanted, ...Object.keys(originals)]);
      return new Map([...paths].map((path) => [path, sysctls.read(path)]));
    },
    diff: ({ spec, observed, originals }) =>
      [...observed].flatMap(([path, value]): readonly SysctlChange[] => {
        if (path === (spec && routeLocalnetPath(spec.bridge.name)) && spec?.hostPorts?.some(isOnLoopback)) {
          if (value === undefined || value === '1') return [];
          return [{ object: path, before: value, after: '1', value: '1', ledger: { do: 'enter', original: value } }];
        }
        const original = originals[path];
        if (original === undefined) return [];
        // Without the bridge there is nothing to take back.
        const back = value === undefined ? undefined : String(original);
        return [{ object: path, before: value, after: back, value: back, ledger: { do: 'strike' } }];
      }),
    apply: async ({ object, value }) => {
      if (value !== undefined) await sysctls.write(object, value);
    },
  });
