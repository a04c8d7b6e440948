import type { ContainerImage, Node, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { HostHardware } from '../host/facts/hardware.ts';
import { resourceType } from '../reconcile/resource.ts';

/** What node/ alone knows of; what it shares with network/ and pods/ is in shared-resources.ts. The id is the node's name unless told otherwise. */

/** The cluster that the host shall be in; none where none is configured. Writer: the configuration. */
export interface WantedCluster {
  /** As configured; a discovery file may name the server instead. */
  readonly servers: readonly string[];
  /** False: the host only reads, and is no Node of its own making. */
  readonly register: boolean;
  /** Who the cluster is was believed by the token alone (`unsafeSkipCAVerification`). */
  readonly isUnverified: boolean;
}
export const wantedClusterType = resourceType<WantedCluster>('WantedCluster');

/** Why the host is not in the cluster yet. */
export interface JoinObstacle {
  /** CamelCase: `TokenMissing`, `CertificatePending`; of a failure its code. */
  readonly reason: string;
  readonly message: string;
  /** What to type; '' where nothing is to be done but to wait. */
  readonly advice: string;
}

/** How far the host is on its way into the cluster. Writer: the join controller. */
export type JoinState =
  /** `stuck`: only an administrator can help. */
  | ({ readonly state: 'discovering' | 'requesting' | 'stuck' } & JoinObstacle)
  /** It has an identity that the cluster knows, and keeps it. */
  | { readonly state: 'joined' };
export const joinStateType = resourceType<JoinState>('JoinState');

/** How often the cluster's authorities were seen to change since the daemon's start. Writer: the authorities controller. */
export const authoritiesType = resourceType<{ readonly changes: number }>('ClusterAuthorities');

/** By what the host is known to the cluster, without what is secret in it. Writer: the join controller. */
export interface Credentials {
  readonly kind: 'bootstrap-token' | 'token' | 'client-certificate' | 'none';
  /** `system:node:NAME`, where that is known. */
  readonly user: string;
  /** Of a client certificate; ms since the epoch, as all times here. */
  readonly certificate?: {
    /** SHA-256 of its DER, upper-case hexadecimal with colons. */
    readonly fingerprint: string;
    readonly notBefore: number;
    readonly notAfter: number;
    readonly rotateAt: number | undefined;
  };
  /** Why the certificate was not replaced yet, once it was to be. */
  readonly rotationTrouble?: string;
  /** The bootstrap token that lies on the host, and when it was put there; a node may not ask when it expires. Or what is wrong with its file. */
  readonly token?: { readonly id: string; readonly writtenAt: number } | { readonly fault: string };
}
export const credentialsType = resourceType<Credentials>('Credentials');

/** How often the token file was seen to change since the daemon's start. Writer: the watch of it. */
export const tokenFileType = resourceType<{ readonly changes: number }>('TokenFile');

/** The certificate that an administrator wants replaced, by its fingerprint: it is once there is another. Writer: the API. */
export const rotationRequestType = resourceType<{ readonly fingerprint: string }>('RotationRequest');

/** The connection to the cluster. None before there is an identity to connect with. Writer: the session. */
export interface Session {
  /** Grows when the servers, the authorities or the identity change: what was begun with the old ones is done again. */
  readonly generation: number;
  /** The server that answers, or is to be asked next. */
  readonly server: string;
  /** `away`: none of them answers. `refused`: it does, with 401: it does not know the identity. */
  readonly state: 'unknown' | 'answers' | 'away' | 'refused';
  readonly message: string;
  /** Only of servers that are away since none is trusted (E_TLS_UNTRUSTED): what to do about it. */
  readonly distrust?: string;
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

/** The largest images of the host, as the Node has them. None before they were listed. Writer: the images controller. */
export const hostImagesType = resourceType<readonly ContainerImage[]>('HostImages');

/** Writer: the lease controller. */
export interface LeaseState {
  readonly renewedAt: number;
  /** Who renews it too, where somebody does: a clone of this machine. '' where nobody. */
  readonly rival: string;
}
export const leaseStateType = resourceType<LeaseState>('LeaseState');

/**
 * A pod that is bound to this Node in the cluster: a mirror of a static pod, or one that bootlet does not run. Id: its uid.
 * Writer: the bound pods.
 */
export const boundPodType = resourceType<Pod>('BoundPod');

/** That the bound pods were listed: before it, none may be taken for missing. Id: the node's name. Writer: the bound pods. */
export const boundPodsListedType = resourceType<true>('BoundPodsListed');
