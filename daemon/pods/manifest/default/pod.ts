import type { Draft } from '../schema/types.ts';
import { defaultContainer } from './container.ts';
import { defaultPodResources, defaultRequests, roundToMilli } from './resources.ts';
import { defaultVolume } from './volume.ts';

/** Annotations of Kubernetes before 1.8, which decoding drops. */
const obsoleteAnnotations = ['containers', 'container-statuses'].flatMap((name) => [
  `pod.beta.kubernetes.io/init-${name}`,
  `pod.alpha.kubernetes.io/init-${name}`,
]);

/** Fills in, in place, what a Pod does not say, as decoding through Kubernetes' scheme does (SetObjectDefaults_Pod). */
export const defaultPod = (pod: Draft<'Pod'>): void => {
  pod.metadata ??= {};
  pod.spec ??= {};
  const { metadata, spec } = pod;
  for (const name of obsoleteAnnotations) delete metadata.annotations?.[name];

  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  for (const container of containers) defaultRequests(container);
  defaultPodResources(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) for (const container of containers) defaultHostPorts(container);

  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds = gracePeriod(spec.terminationGracePeriodSeconds);
  spec.schedulerName ||= 'default-scheduler';
  spec.serviceAccountName ||= spec.serviceAccount ?? '';
  if (spec.serviceAccountName === '') delete spec.serviceAccountName;

  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of [...containers, ...(spec.ephemeralContainers ?? [])]) defaultContainer(container);
  roundToMilli(spec.overhead);
  roundToMilli(spec.resources?.limits);
  roundToMilli(spec.resources?.requests);
};

/** Seconds. A negative one, which old clients could store, counts as 1. */
const gracePeriod = (given: number | undefined): number => {
  if (given === undefined) return 30;
  return given < 0 ? 1 : given;
};

/** On the host's network a container port is the host's port. */
const defaultHostPorts = (container: Draft<'Container'>): void => {
  for (const port of container.ports ?? []) if (port.containerPort !== undefined) port.hostPort ||= port.containerPort;
};
