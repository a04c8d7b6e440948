import type { RunTool } from '../run-tool.ts';
import { ipJsonPair } from './json.ts';
import { type Link, linksIn } from './links.ts';
import { type Route, routesIn } from './routes.ts';

/** The network namespace that bootlet is in, as the kernel has it. */
export interface HostNetwork {
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
}

/** Starts one process, or shares that of others. @throws BootletError E_HOST_COMMAND */
export const readHostNetwork = async (run: RunTool): Promise<HostNetwork> => {
  // Only a look at every table tells the routes of both families.
  const [links, routes] = await ipJsonPair(run, 'address show', 'route show table all type unicast');
  return { links: linksIn(links), routes: routesIn(routes) };
};
