import type { Draft } from '../schema/types.ts';
import { defaultPullPolicy } from './image-tag.ts';
import { roundToMilli } from './resources.ts';

/** What SetDefaults_Container and its kin (k8s.io/kubernetes, pkg/apis/core/v1) fill in, for every kind of container. */
export const defaultContainer = (container: Draft<'Container'>): void => {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom) defaultDownward(valueFrom);
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
  roundToMilli(container.resources?.limits);
  roundToMilli(container.resources?.requests);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe])
    if (probe) defaultProbe(probe);
  for (const hook of [container.lifecycle?.postStart, container.lifecycle?.preStop])
    if (hook?.httpGet) defaultHttpGet(hook.httpGet);
};

/** No divisor is a divisor of 0, which counts as 1: Go's zero value of a field that is always written. */
export const defaultDownward = ({
  fieldRef,
  resourceFieldRef,
}: Draft<'EnvVarSource' | 'DownwardAPIVolumeFile'>): void => {
  if (fieldRef) fieldRef.apiVersion ||= 'v1';
  if (resourceFieldRef) resourceFieldRef.divisor ??= '0';
};

const defaultProbe = (probe: Draft<'Probe'>): void => {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet) defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
};

const defaultHttpGet = (get: Draft<'HTTPGetAction'>): void => {
  get.path ||= '/';
  get.scheme ||= 'HTTP';
};
