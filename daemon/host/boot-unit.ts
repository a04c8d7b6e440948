import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessUnreachable } from './missing.ts';
import { enabledUnit, isEnabled } from './systemd-unit.ts';

const BOOT_UNIT = 'bootlet-network.service';
const DOCKER_UNITS = ['docker.service', 'docker.socket'];
/** Where the unit looks unless a drop-in says otherwise. */
const DEFAULT_STATE = '/var/lib/bootlet';

/**
 * Why what the state folder has for the next boot would not be made before systemd starts Docker then, and the way out.
 * Undefined where it will be, and where systemd does not start Docker.
 * @param root the host's root folder
 * @param state `paths.state`
 */
export const bootUnitFault = async (root: string, state: string): Promise<string | undefined> => {
  if (!existsSync(join(root, 'run/systemd/system'))) return undefined;
  const startsDocker = await Promise.all(DOCKER_UNITS.map((unit) => isEnabled(root, unit)));
  if (!startsDocker.includes(true)) return undefined;
  const unit = await enabledUnit(root, BOOT_UNIT);
  if (unit === undefined) {
    return `${BOOT_UNIT} is not there or not enabled, so that Docker would not find its bridge after a reboot: run install.sh, or systemctl enable ${BOOT_UNIT}`;
  }
  const own = unit.environment.get('BOOTLET_STATE') ?? DEFAULT_STATE;
  if ((await resolved(own)) === (await resolved(state))) return undefined;
  return `${BOOT_UNIT} looks in ${own}, but paths.state is ${state}: systemctl edit ${BOOT_UNIT}, and set Environment=BOOTLET_STATE=${state}`;
};

const resolved = async (path: string): Promise<string> => (await unlessUnreachable(realpath(path))) ?? path;
