import { type Controller, done, input } from '../reconcile/controller.ts';
import { troubleType } from '../reconcile/engine.ts';
import type { Reader } from '../reconcile/store.ts';
import { type PodNetwork, podNetworkType } from '../shared-resources.ts';
import type { HostSetting } from './host-setting.ts';
import {
  NETWORK,
  type NetworkSpec,
  networkSpecType,
  settingStateType,
  settingTroubleId,
  specTroubleId,
  type Unmanaged,
  unmanagedType,
} from './resources.ts';
import { isSettledFor } from './setting-spec.ts';
import { troubleText } from './setting-status.ts';

export interface PodNetworkOptions {
  readonly nodeName: string;
  readonly settings: readonly Pick<HostSetting, 'name' | 'podsNeed'>[];
  /** Whether Docker is on bootlet's bridge by bootlet, and host ports are made by rules, since Docker's own packet filter is off. */
  readonly ownsDocker: boolean;
}

const WHY = {
  NoPodCIDR: 'no range is configured any more (network.podCIDRs)',
  NotManaged: 'network.manage is false',
} as const satisfies Record<Unmanaged['reason'], string>;

/** What is told of a host that still has the network although bootlet is to have none. */
export const abandoned = (reason: Unmanaged['reason']): string =>
  `${WHY[reason]}, but this host still has the network that bootlet made: bootlet reset --network gives it back, and configured again it is kept`;

const unmanaged = ({ reason, isAbandoned }: Unmanaged): PodNetwork => {
  if (!isAbandoned) return { state: 'ready', podCIDRs: undefined, hostPorts: 'runtime' };
  return { state: 'waiting', reason: 'NetworkAbandoned', message: abandoned(reason) };
};

/** What keeps the network from being as pods need it, of the first setting that is not. */
const whyUnsettled = (
  store: Reader,
  spec: NetworkSpec,
  settings: PodNetworkOptions['settings'],
): string | undefined => {
  const unsettled = settings.find(
    ({ name, podsNeed }) => podsNeed && !isSettledFor(store.get(settingStateType, name), spec),
  );
  if (unsettled === undefined) return undefined;
  const trouble = store.get(troubleType, settingTroubleId(unsettled.name));
  const message = trouble ? troubleText(trouble) : store.get(settingStateType, unsettled.name)?.message;
  return message ? `${unsettled.name}: ${message}` : `${unsettled.name} is being set up`;
};

const projected = (store: Reader, { settings, ownsDocker }: PodNetworkOptions): PodNetwork => {
  const left = store.get(unmanagedType, NETWORK);
  if (left !== undefined) return unmanaged(left);
  const spec = store.get(networkSpecType, NETWORK);
  const trouble = store.get(troubleType, specTroubleId);
  if (spec === undefined) {
    const reason = trouble?.kind === 'failing' ? 'NetworkRefused' : 'WaitingForPodCIDR';
    return { state: 'waiting', reason, message: trouble?.message ?? 'the network was not looked at yet' };
  }
  const message = whyUnsettled(store, spec, settings);
  if (message !== undefined) return { state: 'waiting', reason: 'NetworkNotReady', message };
  const podCIDRs = spec.ranges.map(({ cidr }) => cidr);
  if (!ownsDocker) return { state: 'ready', podCIDRs, hostPorts: 'runtime' };
  return { state: 'ready', podCIDRs, bridge: spec.bridge.name, hostPorts: 'rules' };
};

/** Tells pods whether they can have the pod network. Drift that is being repaired does not make them wait. */
export const podNetworkController = (options: PodNetworkOptions): Controller => {
  const key = (): readonly string[] => [options.nodeName];
  return {
    name: 'pod-network',
    inputs: [
      input(networkSpecType, key),
      input(unmanagedType, key),
      input(settingStateType, key),
      input(troubleType, ({ value }) => (value.controller.startsWith('network-') ? key() : [])),
    ],
    outputs: [podNetworkType],
    async reconcile(nodeName, { store, put }) {
      put(podNetworkType, nodeName, projected(store, options));
      return done;
    },
  };
};
