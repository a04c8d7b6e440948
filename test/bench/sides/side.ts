import type { BenchPod } from '../pod.ts';

/** Who makes the pods: bare Docker calls, or bootlet. Each act resolves with the moment (ns) at which it was asked for. */
export interface Side {
  readonly name: 'floor' | 'bootlet';
  start(pod: BenchPod): Promise<bigint>;
  /** Puts this edition in the place of the one that runs. */
  edit(pod: BenchPod): Promise<bigint>;
  stop(pod: BenchPod): Promise<bigint>;
  /** Sees to it that the container is replaced once it dies. */
  supervise(pod: BenchPod): Promise<void>;
  /** Id of the pod's running container. */
  containerId(pod: BenchPod): Promise<string>;
  /** Removes what is left of the pod. */
  clear(pod: BenchPod): Promise<void>;
}
