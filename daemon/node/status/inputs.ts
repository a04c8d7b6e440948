import type { HostFacts } from '../../host/facts/facts.ts';
import type { Reader } from '../../reconcile/store.ts';
import { runtimeStateType } from '../../runtime/resources.ts';
import { nodePressureType, podNetworkType } from '../../shared-resources.ts';
import type { Amounts } from '../object/amounts.ts';
import type { Health } from '../object/conditions.ts';
import type { StatusInputs } from '../object/status.ts';
import { hostImagesType } from '../resources.ts';

/** What of the status is not in the store. */
export interface HostParts {
  readonly nodeName: string;
  readonly version: string;
  readonly facts: HostFacts;
  readonly capacity: Amounts;
  readonly allocatable: Amounts;
  /** As they are at the time. */
  readonly addresses: { readonly hostIPs: readonly string[] };
}

export const healthOf = (store: Reader, nodeName: string): Health => ({
  pressures: new Map(store.list(nodePressureType).map(({ id, value }) => [id, value])),
  runtime: store.list(runtimeStateType)[0]?.value,
  network: store.get(podNetworkType, nodeName),
});

export const statusInputsOf = (store: Reader, host: HostParts): StatusInputs => {
  const { nodeName, version, facts, capacity, allocatable, addresses } = host;
  const { name, version: runtimeVersion } = store.list(runtimeStateType)[0]?.value ?? { name: 'docker', version: '' };
  return {
    nodeName,
    version,
    facts,
    hostIPs: addresses.hostIPs,
    capacity,
    allocatable,
    runtime: { name, version: runtimeVersion },
    images: store.get(hostImagesType, nodeName),
    health: healthOf(store, nodeName),
  };
};
