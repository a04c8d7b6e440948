import { isMap } from '../../host/json-value.ts';
import { StateFile } from '../../host/state-file.ts';
import type { HostPort } from '../../shared-resources.ts';

/** Its file in the state folder. */
export const HOST_PORTS_MEMORY = 'host-ports.json';

const TEXTS = ['pod', 'uid', 'hostIP'];
const NUMBERS = ['hostPort', 'containerPort'];
const PROTOCOLS: readonly unknown[] = ['TCP', 'UDP', 'SCTP'] satisfies readonly HostPort['protocol'][];

const isHostPort = (value: unknown): value is HostPort =>
  isMap(value) &&
  TEXTS.every((name) => typeof value[name] === 'string') &&
  NUMBERS.every((name) => Number.isInteger(value[name])) &&
  PROTOCOLS.includes(value['protocol']) &&
  Array.isArray(value['podIPs']) &&
  value['podIPs'].every((ip) => typeof ip === 'string');

const isHostPorts = (json: unknown): json is readonly HostPort[] => Array.isArray(json) && json.every(isHostPort);

/** The ports of the host as they were last made, and flows to others forgotten: what a daemon that starts goes on from. */
export const hostPortsMemory = (path: string): StateFile<readonly HostPort[]> =>
  new StateFile({
    path,
    parse: (json) => (isHostPorts(json) ? json : undefined),
    withoutIt: 'a running pod may then find a port of its own taken by a process of the host',
  });
