import { NETWORK, type NetworkSpec, networkSpecType, settingStatusType } from '../network/resources.ts';
import type { Condition } from '../reconcile/conditions.ts';
import type { Reader } from '../reconcile/store.ts';
import { type PodNetwork, podNetworkType } from '../shared-resources.ts';
import { type ServedSetting, servedSetting } from './host-settings.ts';
import type { ObjectMeta } from './object.ts';

/** `bootlet.io/v1alpha1 Network`: the host's network as it shall be, and as it is. */
export interface Network {
  readonly apiVersion: 'bootlet.io/v1alpha1';
  readonly kind: 'Network';
  /** `name`: the node's. */
  readonly metadata: ObjectMeta;
  /** Absent while there is none: nothing on the host is touched. */
  readonly spec?: NetworkSpec;
  readonly status: {
    /** What pods have. */
    readonly pods?: PodNetwork;
    /** Those whose type begins with Network. */
    readonly conditions: readonly Condition[];
    readonly settings: readonly ServedSetting[];
  };
}

export interface NetworkInput {
  readonly store: Reader;
  readonly nodeName: string;
  /** Of the host, all. */
  readonly conditions: readonly Condition[];
}

/** A pure projection of the store. */
export const networkOf = ({ store, nodeName, conditions }: NetworkInput): Network => {
  const spec = store.get(networkSpecType, NETWORK);
  const pods = store.get(podNetworkType, nodeName);
  return {
    apiVersion: 'bootlet.io/v1alpha1',
    kind: 'Network',
    metadata: { name: nodeName, resourceVersion: String(store.version) },
    ...(spec === undefined ? {} : { spec }),
    status: {
      ...(pods === undefined ? {} : { pods }),
      conditions: conditions.filter(({ type }) => type.startsWith('Network')),
      settings: store.list(settingStatusType).map(servedSetting),
    },
  };
};
