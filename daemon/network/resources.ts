import type { Family } from '../host/ip/cidr.ts';
import { resourceType } from '../reconcile/resource.ts';
import type { HostPort } from '../shared-resources.ts';

export type { Family };

/** The addresses that pods of this host have in one family. */
export interface PodRange {
  readonly family: Family;
  /** The network's own address and the length of its prefix: 10.22.3.0/24. */
  readonly cidr: string;
  /** Its first address, which the bridge has: 10.22.3.1. */
  readonly gateway: string;
  readonly prefixLength: number;
}

/** The network as it shall be: what the configuration, the Node, flannel and the host together come to. Id: `host`. */
export interface NetworkSpec {
  /** One per family, IPv4 first; never empty. */
  readonly ranges: readonly PodRange[];
  /** Those that the bridge had before and still has, since Docker and what runs is in them until Docker is started anew. */
  readonly earlier: readonly PodRange[];
  /** Of the cluster's services, at most one per family. None: not told. */
  readonly serviceCIDRs: readonly string[];
  readonly bridge: {
    readonly name: string;
    /** Pinned, so that it does not change with the bridge's ports: aa:bb:cc:dd:ee:ff. */
    readonly mac: string;
    readonly mtu: number;
    readonly hairpin: boolean;
    readonly promiscuous: boolean;
  };
  /** Undefined: somebody else's, or nobody's. */
  readonly masquerade:
    | {
        /** Of both families; the ranges of this host's pods, also the earlier ones, are in them. */
        readonly nonMasqueradeCIDRs: readonly string[];
        readonly randomFully: boolean;
      }
    | undefined;
  /** Only of what is made for pods' host ports too, see `specFor`. Absent: they are not known, and what leads to them is left as it is. */
  readonly hostPorts?: readonly HostPort[];
}
export const networkSpecType = resourceType<NetworkSpec>('NetworkSpec');
export const NETWORK = 'host';

/** What flanneld says of this host in its subnet.env. */
export interface FlannelSubnet {
  /** All that flannel carries, of each family that it has. */
  readonly networks: readonly string[];
  /** Of this host, one per family. */
  readonly podCIDRs: readonly string[];
  readonly mtu: number;
  /** Whether flannel itself hides pods' addresses from what is outside of its networks. */
  readonly masquerades: boolean;
}

/** The file of flannel. Id: `host`. Writer: its watcher. */
export interface FlannelFile {
  readonly path: string;
  /** As it was last read; it stays while the file is gone or broken. */
  readonly subnet: FlannelSubnet | undefined;
  /** Why the file as it is now says nothing. */
  readonly fault: { readonly kind: 'missing' | 'broken'; readonly message: string; readonly hint: string } | undefined;
}
export const flannelFileType = resourceType<FlannelFile>('FlannelFile');

/** Why bootlet leaves the network to the runtime. Id: `host`. Writer: the spec controller; the configuration. */
export interface Unmanaged {
  readonly reason: 'NoPodCIDR' | 'NotManaged';
  /** The host still has what bootlet made of it: Docker is on that network, and nobody keeps it. Pods would get a broken one. */
  readonly isAbandoned: boolean;
}
export const unmanagedType = resourceType<Unmanaged>('UnmanagedNetwork');

/** What may tell that the host was changed. `docker`: it was started, or its network changed. */
export const networkEvents = ['links', 'rules', 'docker'] as const;
export type NetworkEventKind = (typeof networkEvents)[number];

/** That something of this kind was changed, by bootlet or by another. Id: the kind. Writer: the network's events. */
export interface NetworkEvent {
  /** Grows with each. */
  readonly count: number;
  /** Who did it, where the kernel tells: `nft (pid 812)`. */
  readonly by?: string;
}
export const networkEventType = resourceType<NetworkEvent>('NetworkEvent');

/** Whether what tells of such events is heard. While it is not, what it would wake is polled. Id: the kind. Writer: the network's events. */
export interface NetworkMonitor {
  readonly isListening: boolean;
  /** Why not. */
  readonly message: string;
}
export const networkMonitorType = resourceType<NetworkMonitor>('NetworkMonitor');

/** One host setting as it stands. Id: its name. Writer: the setting controller. */
export interface SettingState {
  /** `held`: something is to be changed, but bootlet may not. `fought`: somebody keeps undoing it. */
  readonly state: 'settled' | 'changing' | 'held' | 'fought';
  /** What is held, or who fights, or ''. */
  readonly message: string;
  /** What a person is advised to do, or ''. */
  readonly advice: string;
  /** The specification for which it was as it should be last, as far as pods need it. A later change of the host is drift, and does not clear it. */
  readonly settledFor: NetworkSpec | undefined;
  /** Repairs of drift since the daemon's start. */
  readonly repairs: number;
}
export const settingStateType = resourceType<SettingState>('SettingState');

/** The host ports that shall be made: all but those of pods that are refused. Id: `host`. Writer: the host ports. */
export const acceptedHostPortsType = resourceType<readonly HostPort[]>('AcceptedHostPorts');

/** What is told of one host setting: its state, what it waits for and what it fails at, in one. Id: its name. Writer: the setting status. */
export interface SettingStatus {
  readonly state: SettingState['state'] | 'waiting' | 'failing';
  /** Why it is in this state, and what a person is advised to do, or ''. */
  readonly message: string;
  /** Of a failure: its stable code, and the way out. */
  readonly code?: string;
  readonly hint?: string;
  /** How long it has been in this state: ms since the epoch, as all here. */
  readonly since: number;
  readonly repairs: number;
  /** The last failure, also one that is over, and when it began. */
  readonly lastFailure?: { readonly message: string; readonly at: number };
}
export const settingStatusType = resourceType<SettingStatus>('SettingStatus');

/** The controllers by whose troubles (reconcile/engine.ts) it is known what keeps the network from being as it should. */
export const SPEC_CONTROLLER = 'network-spec';
export const SETTING_CONTROLLER = 'network-setting';
export const specTroubleId = `${SPEC_CONTROLLER}/${NETWORK}`;
export const settingTroubleId = (setting: string): string => `${SETTING_CONTROLLER}/${setting}`;
