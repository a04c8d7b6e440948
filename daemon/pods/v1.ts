import type { Api } from './manifest/schema/types.ts';

/** The Kubernetes v1 types that pods/ works with, exact to the OpenAPI document that manifests are checked against. */
export type {
  Container,
  EnvVar,
  Pod,
  PodSpec,
  Probe,
  ResourceFieldSelector,
  ResourceRequirements,
  Volume,
  VolumeMount,
} from './manifest/schema/types.ts';
export type ContainerStatus = Api<'ContainerStatus'>;
export type ContainerState = Api<'ContainerState'>;
export type DownwardAPIVolumeFile = Api<'DownwardAPIVolumeFile'>;
export type EmptyDirVolumeSource = Api<'EmptyDirVolumeSource'>;
export type HostPathVolumeSource = Api<'HostPathVolumeSource'>;
export type PodCondition = Api<'PodCondition'>;
export type HTTPGetAction = Api<'HTTPGetAction'>;
export type LifecycleHandler = Api<'LifecycleHandler'>;
