import type { Node, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { HostHardware } from '../host/facts/hardware.ts';
import { resourceType } from '../reconcile/resource.ts';

/** What node/ alone knows of; what it shares with network/ and pods/ is in shared-resources.ts. The id is the node's name unless told otherwise. */

/** How far the host is on its way into the cluster. Writer: the join controller. */
export type JoinState =
  /** No server is configured. */
  | { readonly state: 'none' }
  /** `stuck`: only an administrator can help, as `message` and `advice` tell. */
  | {
      readonly state: 'discovering' | 'requesting' | 'stuck';
      /** CamelCase: `TokenExpired`, `ClockSkewed`, `CertificatePending`. */
      readonly reason: string;
      readonly message: string;
      /** What to type; '' where nothing is to be done but to wait. */
      readonly advice: string;
    }
  | { readonly state: 'joined' };
export const joinStateType = resourceType<JoinState>('JoinState');

/** By what the host is known to the cluster, without what is secret in it. Writer: the join controller. */
export interface Credentials {
  readonly kind: 'bootstrap-token' | 'token' | 'client-certificate' | 'none';
  /** `system:node:NAME`, where that is known. */
  readonly user: string;
  /** Of a client certificate; ms since the epoch, as all times here. */
  readonly certificate?: {
    readonly notBefore: number;
    readonly notAfter: number;
    readonly rotateAt: number | undefined;
  };
  /** The bootstrap token that lies on the host: its id, and when it expires, where the cluster tells. */
  readonly token?: { readonly id: string; readonly expires: number | undefined };
}
export const credentialsType = resourceType<Credentials>('Credentials');

/** The connection to the cluster. None before there is an identity to connect with. Writer: the session. */
export interface Session {
  /** Grows when the servers, the authorities or the identity change: what was begun with the old ones is done again. */
  readonly generation: number;
  /** The server that answers, or is to be asked next. */
  readonly server: string;
  /** `away`: none of them answers. */
  readonly state: 'unknown' | 'answers' | 'away';
  readonly message: string;
  readonly since: number;
}
export const sessionType = resourceType<Session>('Session');

/** This host's Node as the cluster has it. `absent`: there is none, or it was deleted. None of these before the first look. Writer: the node watch. */
export type ClusterNode = { readonly state: 'present'; readonly node: Node } | { readonly state: 'absent' };
export const clusterNodeType = resourceType<ClusterNode>('ClusterNode');

/** Whether this host is the one that its Node stands for. Writer: the registration controller. */
export type Registration =
  | { readonly state: 'registered'; readonly uid: string }
  | {
      readonly state: 'waiting' | 'refused';
      readonly reason: string;
      readonly message: string;
      readonly advice: string;
    };
export const registrationType = resourceType<Registration>('Registration');

/** The machine behind the host, for people. Writer: the hardware controller. */
export const hostHardwareType = resourceType<HostHardware>('HostHardware');

/** Writer: the lease controller. */
export interface LeaseState {
  readonly renewedAt: number;
  /** Who renews it too, where somebody does: a clone of this machine. '' where nobody. */
  readonly rival: string;
}
export const leaseStateType = resourceType<LeaseState>('LeaseState');

/** A pod that is bound to this Node in the cluster. Id: its uid. Writer: the pod watch. */
export const boundPodType = resourceType<Pod>('BoundPod');
