import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { HostPortState, PodNetwork } from '../../shared-resources.ts';
import type {
  HookKind,
  HookResult,
  ImageState,
  PodAdmission,
  PodSpec,
  ProbeResult,
  VolumeState,
} from '../resources.ts';
import type { Container, Pod } from '../v1.ts';
import type { Stop } from './steps.ts';

/** A step that failed lately, and when it may be tried again. */
export interface Failure {
  /** The kubelet's word: CreateContainerError, CreateContainerConfigError, RunContainerError, FailedMount, … */
  readonly reason: string;
  readonly message: string;
  readonly failures: number;
  /** ms since the epoch */
  readonly retryAt: number;
}

/** All that the planner and the status projection look at: one pod name, at one moment. */
export interface PodView {
  /** The pod that should run; undefined: none. */
  readonly wanted: PodSpec | undefined;
  /** Of the wanted uid; undefined until it is decided. */
  readonly admission: PodAdmission | undefined;
  /** Every sandbox and container under the pod's name, of whatever uid. */
  readonly seen: readonly ObservedContainer[];
  /** The image of a sandbox; undefined for the built-in one, which the runtime has without being asked. */
  readonly sandboxImage: string | undefined;
  /** By container name, '' for the sandbox; for the wanted uid. */
  readonly images: ReadonlyMap<string, ImageState>;
  /** Of the wanted uid; undefined: not looked at yet. */
  readonly volumes: VolumeState | undefined;
  /** Undefined: not known yet. */
  readonly podNetwork: PodNetwork | undefined;
  /** Of the wanted uid; undefined: not made yet. */
  readonly hostPorts: HostPortState | undefined;
  /** The sandbox that is to be made anew now for its network; undefined: none of this pod's. */
  readonly renewedSandbox: string | undefined;
  readonly probe: (containerId: string, kind: ProbeResult['kind']) => ProbeResult | undefined;
  readonly hook: (containerId: string, kind: HookKind) => HookResult | undefined;
  /** By container id. */
  readonly stops: ReadonlyMap<string, Stop>;
  /** By container name, '' for the sandbox; of the wanted uid. */
  readonly failures: ReadonlyMap<string, Failure>;
  /** Removals that failed, by container id; of whatever uid. */
  readonly removals: ReadonlyMap<string, Failure>;
  /** When the wanted pod was seen first (ms since the epoch). */
  readonly startedAt: number;
  /** Containers made before this time are to be made anew (ms since the epoch; 0: none). */
  readonly restartBefore: number;
  /** Set: someone else owns the manifest folder; who. */
  readonly hold: string | undefined;
  readonly now: number;
}

export const initContainersOf = (pod: Pod): readonly Container[] => pod.spec.initContainers ?? [];
export const mainContainersOf = (pod: Pod): readonly Container[] => pod.spec.containers ?? [];
export const allContainersOf = (pod: Pod): readonly Container[] => [...initContainersOf(pod), ...mainContainersOf(pod)];
export const containerNamed = (pod: Pod, name: string): Container | undefined =>
  allContainersOf(pod).find((c) => c.name === name);

/** When a start that failed may be tried again, ms since the epoch; undefined: at once. `name`: as in `failures`. */
export const retryAtOf = ({ failures, now }: PodView, name: string): number | undefined => {
  const retryAt = failures.get(name)?.retryAt;
  return retryAt !== undefined && now < retryAt ? retryAt : undefined;
};

export const isRunning = (c: ObservedContainer): boolean => c.state === 'running' || c.state === 'unknown';
/** Made, not yet started, and not failed at it. */
export const isFresh = (c: ObservedContainer): boolean => c.state === 'created' && c.error === '';
/** It ran to an end, or could not be started at all. */
export const hasEnded = (c: ObservedContainer): boolean =>
  c.state === 'exited' || (c.state === 'created' && c.error !== '');

/** Exit code of a container that could not be started at all: what the kubelet reports of containerd's. */
const START_ERROR_EXIT_CODE = 128;

export const failedToStart = (c: ObservedContainer): boolean => c.error !== '' && c.startedAt === 0;
export const exitCodeOf = (c: ObservedContainer): number => (failedToStart(c) ? START_ERROR_EXIT_CODE : c.exitCode);

/** Newest first. */
const byAttempt = (a: ObservedContainer, b: ObservedContainer): number =>
  b.attempt - a.attempt || b.createdAt - a.createdAt;

export const sandboxesOf = (seen: readonly ObservedContainer[], uid: string): readonly ObservedContainer[] =>
  seen.filter((c) => c.kind === 'sandbox' && c.pod.uid === uid).toSorted(byAttempt);

/** All runs of one container of a pod, newest first. */
export const runsOf = (
  seen: readonly ObservedContainer[],
  uid: string,
  container: string,
): readonly ObservedContainer[] =>
  seen.filter((c) => c.kind === 'container' && c.pod.uid === uid && c.container === container).toSorted(byAttempt);
