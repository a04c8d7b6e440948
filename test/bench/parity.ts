import type { Engine } from '../lab/engine.ts';
import { CONTAINER } from './pod.ts';

/** The rest of what a container is made from differs between two pods by right: names, labels, arguments. */
const COMPARED = ['Env', 'User', 'WorkingDir', 'Entrypoint', 'Healthcheck', 'ExposedPorts', 'Volumes', 'Tty'];

/**
 * What the floor leaves at Docker's defaults: the pod's own control group, whose cost is bootlet's to bear, and which
 * paths are masked, which costs nothing.
 */
const BOOTLETS_OWN = ['CgroupParent', 'MaskedPaths'];

interface Inspected {
  readonly Config: Readonly<Record<string, unknown>>;
  readonly HostConfig: Readonly<Record<string, unknown>>;
}

/**
 * Where the containers of two running pods, given by their names, are configured differently: a floor made of other
 * containers than bootlet's would be none. Lines such as `POD HostConfig.CpuShares: 2, 0`.
 */
export const differences = async (engine: Engine, one: string, other: string): Promise<string[]> => {
  const [ones, others] = await Promise.all([one, other].map((pod) => settingsOf(engine, pod)));
  const keys = new Set([...(ones?.keys() ?? []), ...(others?.keys() ?? [])]);
  return [...keys]
    .filter((key) => ones?.get(key) !== others?.get(key))
    .map((key) => `${key}: ${ones?.get(key)}, ${others?.get(key)}`);
};

const settingsOf = async (engine: Engine, pod: string): Promise<Map<string, string>> => {
  const settings = new Map<string, string>();
  for (const container of ['POD', CONTAINER]) {
    const [listed] = (await engine.list(`io.kubernetes.pod.name=${pod}`)).filter(
      ({ Labels }) => Labels['io.kubernetes.container.name'] === container,
    );
    const { Config, HostConfig } = (await engine.call('GET', `/containers/${listed?.Id}/json`)) as Inspected;
    for (const key of COMPARED) settings.set(`${container} Config.${key}`, normal(Config[key]));
    for (const [key, value] of Object.entries(HostConfig).filter(([key]) => !BOOTLETS_OWN.includes(key)))
      settings.set(`${container} HostConfig.${key}`, normal(value));
  }
  return settings;
};

/** Without ids and paths, and with nothing and empty the same. */
const normal = (value: unknown): string => {
  const text = JSON.stringify(value ?? null)
    .replaceAll(/container:[0-9a-f]{64}/g, 'container:ID')
    .replaceAll(/"Source":"[^"]*"/g, '"Source":"…"');
  return text === '[]' || text === '{}' ? 'null' : text;
};
