import { BootletError } from '../../errors.ts';
import type { DockerProcess } from '../../host/docker-process.ts';
import type { Json } from '../../host/json-value.ts';
import type { EngineState } from '../../runtime/docker/engine-state.ts';
import { besideFlags, flagsIn } from './flags.ts';
import type { WantedKeys } from './wanted-keys.ts';

export interface RefusalInput {
  /** `network.docker.configFile` */
  readonly path: string;
  readonly wanted: WantedKeys;
  readonly present: Readonly<Record<string, Json>>;
  /** The command line that dockerd runs with, or would. */
  readonly args: DockerProcess['args'];
}

const DEFAULT_PATH = '/etc/docker/daemon.json';

const WHERE_FLAGS_ARE =
  'its command line is in the unit (systemctl cat docker.service; systemctl edit docker.service) or in /etc/default/docker; restart Docker afterwards';

const refused = (message: string, hint: string): BootletError =>
  new BootletError('E_NETWORK_REFUSED', message, { hint, retryable: false });

/**
 * A network that others made where bootlet's would be: on its bridge, or by its name where one by that name is to be.
 * @throws BootletError E_NETWORK_REFUSED
 */
export const refuseForeignNetwork = (
  { userNetworks, networks }: Pick<EngineState, 'userNetworks' | 'networks'>,
  { bridge, name: wanted }: { readonly bridge: string; readonly name: string },
): void => {
  const foreign = userNetworks.find(
    ({ name, bridgeName, isOwn }) => !isOwn && (bridgeName === bridge || name === wanted),
  );
  if (foreign !== undefined) {
    const { name, bridgeName } = foreign;
    const hint = `remove it (docker network rm ${name})${name === wanted ? '' : ', or choose another network.bridge.name'}`;
    throw refused(`Docker has the network ${name} on ${bridgeName}, which bootlet did not make`, hint);
  }
  const other = networks.find(({ name, driver }) => name === wanted && driver !== 'bridge');
  if (other === undefined) return;
  const hint = `remove it (docker network rm ${wanted})`;
  throw refused(`Docker has the network ${wanted} of the driver ${other.driver}, which bootlet did not make`, hint);
};

/** The keys that go into the file beside dockerd's flags. @throws BootletError E_NETWORK_REFUSED */
export const keysBesideFlags = ({ path, wanted, present, args }: RefusalInput): WantedKeys => {
  const flags = flagsIn(args);
  const file = flags.get('config-file') ?? DEFAULT_PATH;
  if (args.length > 0 && file !== path) {
    throw refused(`dockerd reads ${file}, and not ${path}`, `set network.docker.configFile to ${file}`);
  }
  const { keys, conflicts } = besideFlags(wanted, flags);
  const [conflict] = conflicts;
  if (conflict !== undefined) {
    const { key, flag } = conflict;
    const value = wanted.get(key);
    const wish = value === undefined ? 'bootlet needs it away' : `bootlet needs ${JSON.stringify(value)}`;
    throw refused(
      `dockerd is started with --${key}=${flag}, where ${wish}; dockerd takes no option both by flag and from ${path}`,
      `take --${key} off its command line: ${WHERE_FLAGS_ARE}`,
    );
  }
  if (present['icc'] === false) {
    throw refused(
      `${path} has "icc": false, which needs Docker's own packet filter rules; bootlet switches those off`,
      `take icc out of ${path}, or set network.docker.manage: false`,
    );
  }
  return keys;
};
