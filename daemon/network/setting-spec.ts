import { isDeepStrictEqual } from 'node:util';
import type { Reader } from '../reconcile/store.ts';
import type { HostSetting } from './host-setting.ts';
import {
  acceptedHostPortsType,
  NETWORK,
  type NetworkSpec,
  networkSpecType,
  type SettingState,
  settingStateType,
} from './resources.ts';

/** What a setting shall be made for: the network, and the ports of the host where it needs them. Undefined: it is not known yet. */
export const specFor = (
  { needsHostPorts }: Pick<HostSetting, 'needsHostPorts'>,
  store: Reader,
): NetworkSpec | undefined => {
  const spec = store.get(networkSpecType, NETWORK);
  if (spec === undefined || !needsHostPorts) return spec;
  const hostPorts = store.get(acceptedHostPortsType, NETWORK);
  return hostPorts && { ...spec, hostPorts };
};

export const isSettledFor = (state: SettingState | undefined, spec: NetworkSpec): boolean =>
  state?.settledFor !== undefined && isDeepStrictEqual(state.settledFor, spec);

/** Whether it was made for what it shall be made for now; drift since does not count. */
export const isSettled = (setting: Pick<HostSetting, 'name' | 'needsHostPorts'>, store: Reader): boolean => {
  const spec = specFor(setting, store);
  return spec !== undefined && isSettledFor(store.get(settingStateType, setting.name), spec);
};
