import { test } from 'tap';
import { isBad } from '../../../daemon/api/finding.ts';
import { hostSettingCollection } from '../../../daemon/api/host-settings.ts';
import { networkOf } from '../../../daemon/api/network.ts';
import { networkFindings } from '../../../daemon/api/network-findings.ts';
import { tableOf } from '../../../daemon/api/table.ts';
import {
  NETWORK,
  networkSpecType,
  type SettingStatus,
  settingStatusType,
  specTroubleId,
  unmanagedType,
} from '../../../daemon/network/resources.ts';
import { troubleType } from '../../../daemon/reconcile/engine.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { podNetworkType } from '../../../daemon/shared-resources.ts';
import { aNetworkSpec } from '../../support/network-builders.ts';

const aStatus = (more: Partial<SettingStatus> = {}): SettingStatus => ({
  state: 'settled',
  message: '',
  since: 0,
  repairs: 0,
  ...more,
});

const aHost = () => {
  const store = new Store();
  return {
    store,
    spec: store.claim(networkSpecType, 'test'),
    unmanaged: store.claim(unmanagedType, 'test'),
    settings: store.claim(settingStatusType, 'test'),
    pods: store.claim(podNetworkType, 'test'),
    troubles: store.claim(troubleType, 'test'),
    find: (type: string) => networkFindings(store).find((finding) => finding.type === type),
    bad: () => networkFindings(store).filter(isBad),
  };
};

/** One whose network is made. */
const aManagedHost = () => {
  const host = aHost();
  host.spec.put(NETWORK, aNetworkSpec());
  host.pods.put('n', { state: 'ready', podCIDRs: ['10.22.3.0/24'], hostPorts: 'rules' });
  host.settings.put('bridge', aStatus());
  return host;
};

test('a host whose network is left to the runtime is well, and says why nothing is touched', async (t) => {
  const { unmanaged, pods, bad, find } = aHost();
  pods.put('n', { state: 'ready', podCIDRs: undefined, hostPorts: 'runtime' });
  unmanaged.put(NETWORK, { reason: 'NoPodCIDR', isAbandoned: false });
  t.same(bad(), []);
  t.match(find('NetworkReady'), { status: 'True', reason: 'RuntimeNetwork', message: /network\.podCIDRs/ });
  unmanaged.put(NETWORK, { reason: 'NotManaged', isAbandoned: false });
  t.match(find('NetworkReady'), { status: 'True', message: /network\.manage is false/ });
  t.equal(find('NetworkConfigured'), undefined);
});

test('before the first look nothing is known', async (t) => {
  t.match(aHost().find('NetworkReady'), { status: 'Unknown' });
});

test('a network that pods have to wait for is not ready, with what it waits for', async (t) => {
  const { pods, find } = aHost();
  pods.put('n', { state: 'waiting', reason: 'WaitingForPodCIDR', message: 'the Node has no spec.podCIDRs yet' });
  t.match(find('NetworkReady'), { status: 'False', reason: 'WaitingForPodCIDR', message: /no spec\.podCIDRs yet/ });
});

test('a network that is made says which range it has on which bridge', async (t) => {
  const { find } = aManagedHost();
  t.match(find('NetworkReady'), { status: 'True', reason: 'PodNetwork', message: '10.22.3.0/24 on cbr0' });
  t.match(find('NetworkConfigured'), { status: 'True', reason: 'AsConfigured' });
});

test('advice of a setting is told although all is as configured', async (t) => {
  const { settings, find } = aManagedHost();
  settings.put('masquerade', aStatus({ message: 'remove the rule of kubenet' }));
  t.match(find('NetworkConfigured'), { status: 'True', message: /masquerade: remove the rule of kubenet$/ });
});

test('a specification that the host does not allow is told with the way out, although pods keep the network before', async (t) => {
  const { troubles, find } = aManagedHost();
  troubles.put(specTroubleId, {
    controller: 'network-spec',
    key: NETWORK,
    kind: 'failing',
    message: 'eth0 is no bridge',
    code: 'E_NETWORK_REFUSED',
    hint: 'choose another network.bridge.name',
    failures: 1,
    since: 0,
  });
  t.match(find('NetworkReady'), { status: 'True' });
  t.match(find('NetworkConfigured'), {
    status: 'False',
    reason: 'NetworkRefused',
    message: 'eth0 is no bridge; choose another network.bridge.name',
    next: 'bootlet network plan',
  });
});

test('of settings that are not as configured the most pressing is told, by its name', async (t) => {
  const { settings, find } = aManagedHost();
  settings.put('docker', aStatus({ state: 'held', message: 'Docker has to be restarted' }));
  t.match(find('NetworkConfigured'), { reason: 'ChangePending', message: 'docker: Docker has to be restarted' });
  settings.put('bridge', aStatus({ state: 'fought', message: 'link cbr0: put right 3 times' }));
  t.match(find('NetworkConfigured'), { reason: 'NetworkFight', message: /^bridge: link cbr0/ });
  settings.put('kernel', aStatus({ state: 'failing', message: 'read-only', hint: 'remount it' }));
  t.match(find('NetworkConfigured'), { reason: 'SettingFails', message: 'kernel: read-only; remount it' });
});

test('settings are served as a collection and within the network', async (t) => {
  const { store, settings } = aManagedHost();
  const lastFailure = { message: 'ip: no', at: 5000 };
  settings.put('bridge', aStatus({ since: 6000, lastFailure, repairs: 2 }));
  const collection = hostSettingCollection(store);
  const options = { rowObject: 'None', withColumns: false, now: 10_000, resourceVersion: '1' } as const;
  t.same(tableOf(collection, collection.list(), options).rows, [
    { cells: ['bridge', 'settled', '2', '4s', '', '5s ago: ip: no'] },
  ]);
  t.match(networkOf({ store, nodeName: 'n', conditions: [] }), {
    kind: 'Network',
    metadata: { name: 'n' },
    spec: { bridge: { name: 'cbr0' } },
    status: { pods: { state: 'ready' }, settings: [{ kind: 'HostSetting', metadata: { name: 'bridge' } }] },
  });
});
