import type { Signal } from './pods/pressure/thresholds.ts';
import type { Pod } from './pods/v1.ts';
import { resourceType } from './reconcile/resource.ts';

/**
 * Resources by which network/, pods/ and node/ meet, none of which imports another. What only one of them knows of is
 * declared there.
 */

/** The labels that placement goes by. Id: the node's name. Writer: the node labels. */
export const nodeLabelsType = resourceType<Readonly<Record<string, string>>>('NodeLabels');

/** `spec.podCIDRs` of the Node, one per family. Id: the node's name. Writer: node/, once the Node is known. */
export const nodePodCIDRsType = resourceType<readonly string[]>('NodePodCIDRs');

/** Whether pods can have the pod network, and which. Id: the node's name. Writer: network/. */
export type PodNetwork =
  /** Only pods with hostNetwork can start. */
  | { readonly state: 'waiting'; readonly reason: string; readonly message: string }
  | {
      readonly state: 'ready';
      /** Where pods' addresses come from; a sandbox with another has to be made anew. Undefined: the runtime's own network. */
      readonly podCIDRs: readonly string[] | undefined;
      /** The interface of the host that pods are on; absent: the runtime's own network. */
      readonly bridge?: string;
      /** Who makes a hostPort: the runtime publishes it with the sandbox, or network/ by its rules. */
      readonly hostPorts: 'runtime' | 'rules';
    };
export const podNetworkType = resourceType<PodNetwork>('PodNetwork');

/** A port of the host that leads to a pod. */
export interface HostPort {
  /** NAMESPACE/NAME and uid of the pod. */
  readonly pod: string;
  readonly uid: string;
  /** '': every address of the host; an unspecified one: every address of its family. */
  readonly hostIP: string;
  readonly hostPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  /** One per family. */
  readonly podIPs: readonly string[];
  readonly containerPort: number;
}

/**
 * All that running sandboxes need, complete: what is not in it is to go. There is none until the runtime was asked what
 * runs. Id: the node's name. Writer: pods/.
 */
export const hostPortsType = resourceType<readonly HostPort[]>('HostPorts');

/** Id: the uid of a pod that has host ports. Writer: network/. A container of it is started only once they are `set`. */
export type HostPortState =
  | { readonly state: 'set'; readonly ports: readonly HostPort[] }
  | {
      readonly state: 'refused';
      /** `HostPortConflict`: somebody has a port of them, and `message` names who. */
      readonly reason: 'HostPortConflict' | 'HostPortsFailed';
      readonly message: string;
    };
export const hostPortStateType = resourceType<HostPortState>('HostPortState');

/** That the sources of pods were read to the end once: before it, no pod may be taken for unwanted. Id: the folder's path. Writer: the assignment. */
export interface SourcesReady {
  readonly pods: number;
}
export const sourcesReadyType = resourceType<SourcesReady>('SourcesReady');

/** A pod that should run. Id: `NAMESPACE/NAME`. Writer: the assignment. */
export interface PodSpec {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Defaulted, with the identity of a static pod. */
  readonly pod: Pod;
  /** The manifest it comes from. */
  readonly source: string;
}
export const podSpecType = resourceType<PodSpec>('PodSpec');

/** The pod as it stands: spec and status in one v1.Pod. Id: `NAMESPACE/NAME`. Writer: the pod worker. */
export interface PodStatus {
  readonly pod: Pod;
  /** The manifest it comes from; absent while a pod without one is being stopped. */
  readonly source?: string;
}
export const podStatusType = resourceType<PodStatus>('PodStatus');

/** Whether the node is short of something. Id: MemoryPressure, DiskPressure or PIDPressure. Writer: the pressure watch. */
export interface NodePressure {
  /** Also for a while after the cause is gone. */
  readonly isPressed: boolean;
  readonly reason: string;
  readonly message: string;
  /** The signal that is below its threshold now; absent when none is. */
  readonly met?: Signal;
}
export const nodePressureType = resourceType<NodePressure>('NodePressure');
