/** Labels by which a container tells what a restarted daemon must know of it. The first are dockershim's. */
export const label = {
  sandboxId: 'io.kubernetes.sandbox.id',
  gracePeriod: 'annotation.io.kubernetes.pod.terminationGracePeriod',
  terminationMessagePolicy: 'annotation.io.kubernetes.container.terminationMessagePolicy',
  /** JSON: a LifecycleHandler, and the container's ports. */
  preStop: 'annotation.io.kubernetes.container.preStopHandler',
  ports: 'annotation.io.kubernetes.container.ports',
  cgroupParent: 'io.bootlet.cgroup-parent',
  backoff: 'io.bootlet.restart-backoff-seconds',
  /** `main`, `init`, or `sidecar-N` for the init container number N that runs beside the main ones. */
  role: 'io.bootlet.role',
  life: 'io.bootlet.life',
  /** The image as the manifest names it. */
  image: 'io.bootlet.image',
  /** What the status calls that image; see images/image-ref.ts. */
  imageRef: 'io.bootlet.image-ref',
  /** Whether mounts that may be read-only all the way down are. */
  recursiveReadOnly: 'io.bootlet.recursive-read-only',
  /** On a sandbox that is not in the host's network; JSON: see network/sandbox-network.ts. */
  podNetwork: 'io.bootlet.pod-network',
  /** On a sandbox: when its pod was seen first, ms since the epoch. */
  podSeenAt: 'io.bootlet.pod-seen-at',
} as const;

/** A label that holds a number; `otherwise` where it is missing or is none. */
export const numberLabel = (labels: Readonly<Record<string, string>>, name: string, otherwise: number): number => {
  const value = Number(labels[name]);
  return labels[name] !== undefined && Number.isFinite(value) ? value : otherwise;
};

/** The labels of a pod's author come in here too, but none of them can hold JSON. */
export const hasPreStop = (labels: Readonly<Record<string, string>>): boolean =>
  labels[label.preStop]?.startsWith('{') ?? false;
