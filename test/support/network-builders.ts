import { type Change, type HostSetting, hostSetting } from '../../daemon/network/host-setting.ts';
import { rangeOf } from '../../daemon/network/plan-spec.ts';
import type { NetworkSpec } from '../../daemon/network/resources.ts';
import type { HostPort } from '../../daemon/shared-resources.ts';

export const aNetworkSpec = (more: Partial<NetworkSpec> = {}): NetworkSpec => ({
  ranges: [rangeOf('10.22.3.0/24')],
  earlier: [],
  serviceCIDRs: [],
  bridge: { name: 'cbr0', mac: '0a:58:00:00:00:01', mtu: 1500, hairpin: true, promiscuous: false },
  masquerade: { nonMasqueradeCIDRs: ['10.0.0.0/8'], randomFully: true },
  ...more,
});

export const aChange = (more: Partial<Change> = {}): Change => ({
  object: 'link cbr0',
  before: undefined,
  after: 'cbr0 mtu 1500',
  ledger: { do: 'nothing' },
  ...more,
});

/** A setting whose plan is whatever `plan` gives at the time; making a change calls `apply`. */
export const aSetting = (
  name: string,
  plan: () => readonly Change[],
  apply: (change: Change) => unknown = () => undefined,
): HostSetting =>
  hostSetting<readonly Change[], Change>({
    name,
    after: [],
    wokenBy: ['links'],
    polled: false,
    podsNeed: true,
    observe: async () => plan(),
    diff: ({ observed }) => observed,
    apply: async (change) => {
      await apply(change);
    },
  });

export const aHostPort = (more: Partial<HostPort> = {}): HostPort => ({
  pod: 'default/a',
  uid: 'a',
  hostIP: '',
  hostPort: 80,
  protocol: 'TCP',
  podIPs: ['10.22.3.2'],
  containerPort: 80,
  ...more,
});
