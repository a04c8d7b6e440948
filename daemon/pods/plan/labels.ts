/** Labels by which a container tells what a restarted daemon must know of it. All but the last are dockershim's. */
export const label = {
  sandboxId: 'io.kubernetes.sandbox.id',
  gracePeriod: 'annotation.io.kubernetes.pod.terminationGracePeriod',
  terminationMessagePolicy: 'annotation.io.kubernetes.container.terminationMessagePolicy',
  backoff: 'io.bootlet.restart-backoff-seconds',
} as const;

/** A label that holds a number of seconds; `otherwise` where it is missing or is none. */
export const secondsLabel = (labels: Readonly<Record<string, string>>, name: string, otherwise: number): number => {
  const value = Number(labels[name]);
  return labels[name] !== undefined && Number.isFinite(value) ? value : otherwise;
};
