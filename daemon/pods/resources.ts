import { resourceType } from '../reconcile/resource.ts';
import type { PodRef } from '../runtime/runtime.ts';
import type { Hook } from './hooks/handler.ts';
import type { ManifestIssue, StaticPod } from './manifest/read.ts';
import type { Pod } from './v1.ts';

/** One entry of the manifest folder. Id: its path. Writer: the file source. */
export type ManifestFile =
  | { readonly state: 'ignored'; readonly path: string; readonly reason: string }
  | {
      readonly state: 'valid';
      readonly path: string;
      readonly contentHash: string;
      readonly bytes: Uint8Array;
      readonly pod: StaticPod;
      readonly warnings: readonly ManifestIssue[];
    }
  | {
      readonly state: 'invalid';
      readonly path: string;
      readonly contentHash: string;
      readonly errors: readonly ManifestIssue[];
      readonly warnings: readonly ManifestIssue[];
    }
  /** It cannot be opened, or someone other than root may change it. */
  | {
      readonly state: 'refused';
      readonly path: string;
      readonly code: string;
      readonly message: string;
      readonly hint: string;
    };
export const manifestFileType = resourceType<ManifestFile>('ManifestFile');

/** The folder itself. Id: its path. Writer: the file source. */
export interface ManifestFolder {
  readonly path: string;
  /** Device, inode and birth time, `DEV:INO:NS`; empty while it is missing. */
  readonly identity: string;
  /**
   * `vanished`: missing, or replaced by an empty one. `untrusted`: others than root may change it, so neither what is in
   * it nor what is missing counts. `overfull`: it holds more than is read, so that nothing new is. In all three, what ran
   * goes on as it was.
   */
  readonly state: 'unread' | 'present' | 'vanished' | 'untrusted' | 'overfull';
  /** Why it is not `present`, or why the last look at it failed; empty when all is well. */
  readonly message: string;
}
export const manifestFolderType = resourceType<ManifestFolder>('ManifestFolder');

/** What one address of pods.http gave. Id: its `url`. Writer: the HTTP source. */
export interface HttpManifests {
  /** Without its query, which may hold a secret. */
  readonly url: string;
  /** `available`: the last answer was taken. `unread`, `unavailable`: what it gave before goes on. */
  readonly state: 'unread' | 'available' | 'unavailable';
  /** Why it is not `available`. */
  readonly message: string;
  /** The pods of the last good answer, as `URL#NAMESPACE/NAME`, and what is wrong with a later one, as the URL. */
  readonly files: readonly ManifestFile[];
}
export const httpManifestsType = resourceType<HttpManifests>('HttpManifests');

/** Who else reads the manifest folder. Id: the folder's path. Writer: the owner watch. */
export interface FolderOwner {
  readonly contestedBy?: { readonly what: string; readonly pid?: number };
  /** Why the last look failed; `contestedBy` is then what was known before. */
  readonly failure?: string;
}
export const folderOwnerType = resourceType<FolderOwner>('FolderOwner');

/** What became of one manifest file: which pod it gives, or why none. Id: the file's path. Writer: the assignment. */
export interface ManifestStatus {
  readonly path: string;
  readonly state: 'active' | 'ignored' | 'invalid' | 'refused' | 'conflict';
  /** `NAMESPACE/NAME` of the pod the file names, where that could be read or is remembered. */
  readonly pod?: string;
  /** True while an earlier content of the file is what runs. */
  readonly lastGood: boolean;
  readonly message: string;
  readonly issues: readonly ManifestIssue[];
}
export const manifestStatusType = resourceType<ManifestStatus>('ManifestStatus');

/**
 * Whether a pod may run on this node now. Id: `NAMESPACE/NAME`. Writer: the admission controller. Nothing of a pod is
 * made before it is admitted; once it is, it stays so for its uid, but for a stop that was asked for.
 */
export type PodAdmission = { readonly uid: string } & (
  | { readonly state: 'admitted' }
  /** By the node's rules, in the kubelet's words; tried again when what counts has changed. */
  | { readonly state: 'rejected'; readonly reason: string; readonly message: string }
  /** For another pod: `bootlet.io/after`, `bootlet.io/conflicts-with`. */
  | { readonly state: 'waiting'; readonly reason: string; readonly message: string }
  /** By `bootlet pod stop`: what runs of it is ended. */
  | { readonly state: 'stopped'; readonly message: string }
  /** For want of a resource of the node: what runs of it is ended, until there is enough again. */
  | { readonly state: 'evicted'; readonly reason: 'Evicted'; readonly message: string }
);
export const podAdmissionType = resourceType<PodAdmission>('PodAdmission');

/** A pod that is to be stopped until it is started again, whatever its manifest says. Id: `NAMESPACE/NAME`. Writer: the stopped pods. */
export interface StoppedPod {
  readonly pod: string;
}
export const stoppedPodType = resourceType<StoppedPod>('StoppedPod');

/** A pod that has to make room. Id: `NAMESPACE/NAME`. Writer: the eviction. */
export interface PodEviction {
  readonly uid: string;
  readonly message: string;
}
export const podEvictionType = resourceType<PodEviction>('PodEviction');

/** Whose sandbox is made anew since its network is no longer the pods': one at a time. Id: the node's name. Writer: the renewal. */
export interface SandboxRenewal {
  readonly current?: {
    /** `NAMESPACE/NAME` */
    readonly pod: string;
    readonly sandboxId: string;
    /** When the others no longer wait for it, ms since the epoch. */
    readonly until: number;
  };
  /** Sandboxes that took longer than that. They are not tried again. */
  readonly overdue: readonly string[];
}
export const sandboxRenewalType = resourceType<SandboxRenewal>('SandboxRenewal');

export { containerType, type RuntimeState, runtimeStateType } from '../runtime/resources.ts';
export {
  type NodePressure,
  nodePressureType,
  type PodSpec,
  type PodStatus,
  podSpecType,
  podStatusType,
  type SourcesReady,
  sourcesReadyType,
} from '../shared-resources.ts';

/** The verdict of one probe on one container. Id: `CONTAINER-ID/KIND`. Writer: the prober. */
export interface ProbeResult {
  readonly containerId: string;
  readonly kind: 'liveness' | 'readiness' | 'startup';
  readonly result: 'success' | 'failure' | 'unknown';
  readonly message: string;
}
export const probeKey = (containerId: string, kind: ProbeResult['kind']): string => `${containerId}/${kind}`;
export const probeResultType = resourceType<ProbeResult>('ProbeResult');

export type HookKind = 'postStart' | 'preStop';
export const hookKey = (containerId: string, kind: HookKind): string => `${containerId}/${kind}`;

/** A lifecycle hook that is to be run now. Id: `CONTAINER-ID/KIND`. Writer: the pod worker. */
export interface HookRequest {
  readonly pod: PodRef;
  readonly container: string;
  readonly containerId: string;
  readonly kind: HookKind;
  readonly hook: Hook;
  /** What a sleep counts from: start of the container, or of its end (ms since the epoch). */
  readonly since: number;
}
export const hookRequestType = resourceType<HookRequest>('HookRequest');

export type HookEndState = 'succeeded' | 'failed';
/** How far a hook got; an ended one is not run again. Id: as the request's. Writer: the hook controller. */
export interface HookResult {
  readonly containerId: string;
  readonly kind: HookKind;
  readonly state: 'running' | HookEndState;
}
export const hookResultType = resourceType<HookResult>('HookResult');

/** An image a container waits for. Id: `UID/CONTAINER`. Writer: the pod worker. */
export interface ImageRequest {
  readonly pod: string;
  readonly uid: string;
  /** '' for the sandbox. */
  readonly container: string;
  readonly image: string;
  readonly policy: 'Always' | 'IfNotPresent' | 'Never';
  /** Which start of the container it is for: `Always` pulls once for each. */
  readonly attempt: number;
}
export const imageRequestType = resourceType<ImageRequest>('ImageRequest');

/** How far an image request got; `imageRef`: what a status calls the image, see images/image-ref.ts. Id: as the request's. Writer: the image controller. */
export type ImageState = { readonly attempt: number; readonly image: string } & (
  | { readonly state: 'present'; readonly imageId: string; readonly imageRef: string; readonly user: string }
  | { readonly state: 'pulling'; readonly message: string }
  /** `reason`: ErrImagePull, ImagePullBackOff, ErrImageNeverPull, InvalidImageName */
  | { readonly state: 'failed'; readonly reason: string; readonly message: string }
);
export const imageStateType = resourceType<ImageState>('ImageState');

/** A wish of an administrator: containers of the pod made before this time are made anew. Id: `NAMESPACE/NAME`. Writer: the API. */
export interface RestartRequest {
  /** ms since the epoch */
  readonly at: number;
}
export const restartRequestType = resourceType<RestartRequest>('RestartRequest');

/** Key of a pod in the store. */
export const podKey = (pod: { readonly namespace: string; readonly name: string }): string =>
  `${pod.namespace}/${pod.name}`;

/** An archive in the images folder. Id: its path. Writer: the image loader. */
export type ImageArchive = { readonly path: string } & (
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly images: readonly string[] }
  | { readonly state: 'failed'; readonly message: string }
);
export const imageArchiveType = resourceType<ImageArchive>('ImageArchive');

/** How far the volumes of a pod are. Id: the pod's uid. Writer: the volume controller. */
export interface VolumeState {
  /** `NAMESPACE/NAME` of the pod. */
  readonly pod: string;
  /** The pod that they are made for: an edit may keep its uid. */
  readonly of: Pod;
  /** Nothing of the pod is made before `ready`. */
  readonly state: 'preparing' | 'ready' | 'failed';
  /** `FailedMount` where it failed, else empty. */
  readonly reason: string;
  /** What is waited for or wrong; empty when all is well. */
  readonly message: string;
}
export const volumeStateType = resourceType<VolumeState>('VolumeState');
