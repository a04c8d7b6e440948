import type { RunTool } from '../run-tool.ts';
import { ipJson, numberIn, textIn } from './json.ts';

/** A route of the main table. */
export interface Route {
  readonly family: 'ipv4' | 'ipv6';
  /** `default`, or a network such as 10.22.3.0/24; an address alone is one host. */
  readonly destination: string;
  readonly device: string | undefined;
  readonly gateway: string | undefined;
  /** Smaller is preferred. */
  readonly metric: number;
  /** Who made it: `kernel`, `static`, `dhcp`, … */
  readonly protocol: string | undefined;
}

/** @throws BootletError E_HOST_COMMAND */
export const readRoutes = async (run: RunTool): Promise<readonly Route[]> => {
  const families = ['ipv4', 'ipv6'] as const;
  const lists = await Promise.all(
    families.map(async (family) => {
      const routes = await ipJson(run, [family === 'ipv4' ? '-4' : '-6', 'route', 'show']);
      return routes.map((route) => ({
        family,
        destination: textIn(route, 'dst') ?? '',
        device: textIn(route, 'dev'),
        gateway: textIn(route, 'gateway'),
        metric: numberIn(route, 'metric') ?? 0,
        protocol: textIn(route, 'protocol'),
      }));
    }),
  );
  return lists.flat();
};
