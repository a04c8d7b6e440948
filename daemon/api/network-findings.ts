import {
  NETWORK,
  networkSpecType,
  type SettingStatus,
  settingStatusType,
  specTroubleId,
  type Unmanaged,
  unmanagedType,
} from '../network/resources.ts';
import { troubleType } from '../reconcile/engine.ts';
import type { Reader } from '../reconcile/store.ts';
import { podNetworkType } from '../shared-resources.ts';
import type { Finding } from './finding.ts';

const SHOW = 'bootlet network show';

const whyRuntime: Readonly<Record<Unmanaged['reason'], string>> = {
  NoPodCIDR:
    "pods have the container runtime's own network, and nothing on this host is touched: neither network.podCIDRs nor a cluster (cluster.servers) gives it a range",
  NotManaged:
    "pods have the container runtime's own network, and nothing on this host is touched: network.manage is false",
};

/** Whether pods can have the pod network. */
const networkReady = (store: Reader): Finding => {
  const type = 'NetworkReady';
  const network = store.list(podNetworkType)[0]?.value;
  if (network === undefined) {
    return { type, status: 'Unknown', reason: 'NotLooked', message: 'the network was not looked at yet', next: SHOW };
  }
  if (network.state === 'waiting') {
    const message = `${network.message}; only pods with hostNetwork start`;
    return { type, status: 'False', reason: network.reason, message, next: SHOW };
  }
  const unmanaged = store.get(unmanagedType, NETWORK);
  if (unmanaged !== undefined) {
    return { type, status: 'True', reason: 'RuntimeNetwork', message: whyRuntime[unmanaged.reason] };
  }
  const bridge = store.get(networkSpecType, NETWORK)?.bridge.name;
  const message = `${network.podCIDRs?.join(', ')} on ${bridge}`;
  return { type, status: 'True', reason: 'PodNetwork', message };
};

type State = SettingStatus['state'];

/** What is said of a setting that is not as configured, the most pressing first. */
const unsettled: readonly { readonly state: State; readonly reason: string; readonly next: string }[] = [
  { state: 'failing', reason: 'SettingFails', next: SHOW },
  { state: 'fought', reason: 'NetworkFight', next: 'bootlet events' },
  { state: 'held', reason: 'ChangePending', next: 'bootlet network plan' },
  { state: 'waiting', reason: 'BeingSetUp', next: SHOW },
  { state: 'changing', reason: 'BeingSetUp', next: SHOW },
];

/** Whether every setting of the host is as configured; only where bootlet has the network. */
const networkConfigured = (store: Reader): readonly Finding[] => {
  const type = 'NetworkConfigured';
  const trouble = store.get(troubleType, specTroubleId);
  if (trouble?.kind === 'failing') {
    const message = trouble.hint === undefined ? trouble.message : `${trouble.message}; ${trouble.hint}`;
    const reason = trouble.code === 'E_NETWORK_REFUSED' ? 'NetworkRefused' : 'SpecFails';
    return [{ type, status: 'False', reason, message, next: 'bootlet network plan' }];
  }
  if (store.get(networkSpecType, NETWORK) === undefined) return [];
  const settings = store.list(settingStatusType);
  for (const { state, reason, next } of unsettled) {
    const [first, ...more] = settings.filter(({ value }) => value.state === state);
    if (first === undefined) continue;
    const { message, hint } = first.value;
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
    const whole = `${first.id}: ${message}${hint === undefined ? '' : `; ${hint}`}${others}`;
    return [{ type, status: 'False', reason, message: whole, next }];
  }
  const advice = settings
    .filter(({ value }) => value.message !== '')
    .map(({ id, value }) => `; ${id}: ${value.message}`);
  const message = `all ${settings.length} settings${advice.join('')}`;
  return [{ type, status: 'True', reason: 'AsConfigured', message }];
};

/** What is right and wrong with the host's network. */
export const networkFindings = (store: Reader): readonly Finding[] => [
  networkReady(store),
  ...networkConfigured(store),
];
