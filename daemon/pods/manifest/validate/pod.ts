import { dnsSubdomain, qualifiedName } from '../../../kubernetes/formats.ts';
import { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkPodAnnotations, checkProfilesMatch } from './annotations.ts';
import { checkEphemeralContainers, checkInitContainers, checkMainContainers } from './containers.ts';
import { checkDns, checkHostAliases, checkHostnames } from './dns.ts';
import { checkFileKeyVolumes } from './env.ts';
import { checkMetadata } from './metadata.ts';
import { checkHostUsers, checkPodSecurity } from './pod-security.ts';
import { checkHostNetworkPorts } from './ports.ts';
import { checkResourceClaims } from './resource-claims.ts';
import { checkOverhead, checkPodResources } from './resources.ts';
import { checkAffinity, checkTopologySpread } from './scheduling.ts';
import { checkLabels } from './selectors.ts';
import { checkTolerations } from './tolerations.ts';
import { containersOf } from './visit.ts';
import { checkVolumes } from './volumes.ts';
import { checkHostProcess, checkOsFields } from './windows.ts';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];
const systems = ['linux', 'windows'];
const maxDeadline = 2 ** 31 - 1;

/** The rules of Kubernetes v1.36 (ValidatePodCreate, default feature gates) for a defaulted pod that knows its node. */
export const validatePod = (pod: Draft<'Pod'>, issues: Issues): void => {
  const metadata = Field.root.child('metadata');
  const at = Field.root.child('spec');
  const spec = pod.spec ?? {};
  const containers = containersOf(spec, at);
  checkMetadata(pod.metadata ?? {}, metadata, issues);
  checkPodAnnotations(pod, containers, issues, metadata.child('annotations'));
  checkContainers(pod, spec, at, issues);
  checkPlacement(spec, at, issues);
  checkSettings(spec, at, issues);
  checkHostUsers(spec, containers, at, issues);
  checkHostProcess(spec, containers, at, issues);
  checkOsFields(spec, containers, at, issues);
  checkProfilesMatch(pod, containers, issues, at);
  for (const { container, at: here } of containers) checkFileKeyVolumes(container, spec.volumes ?? [], here, issues);
};

const checkContainers = (pod: Draft<'Pod'>, spec: Draft<'PodSpec'>, at: Field, issues: Issues): void => {
  const volumes = checkVolumes(spec.volumes ?? [], pod.metadata?.name ?? '', at.child('volumes'), issues);
  const claimNames = new Set((spec.resourceClaims ?? []).flatMap(({ name }) => name || []));
  checkResourceClaims(pod, at.child('resourceClaims'), issues);
  const context = {
    volumes,
    claimNames,
    restartPolicy: spec.restartPolicy ?? '',
    hostUsers: spec.hostUsers ?? true,
    gracePeriod: spec.terminationGracePeriodSeconds ?? 0,
    os: spec.os === undefined ? undefined : (spec.os.name ?? ''),
  };
  checkMainContainers(spec.containers ?? [], context, at.child('containers'), issues);
  checkInitContainers(spec, context, at.child('initContainers'), issues);
  checkEphemeralContainers(spec, context, at.child('ephemeralContainers'), issues);
  checkPodResources(spec, claimNames, at.child('resources'), issues);
  checkHostNetworkPorts(spec, at, issues);
  checkTokenVolumes(spec, at, issues);
};

/** A token can only be projected for a service account that the pod names. */
const checkTokenVolumes = (spec: Draft<'PodSpec'>, at: Field, issues: Issues): void => {
  if (spec.serviceAccountName) return;
  for (const [i, volume] of (spec.volumes ?? []).entries())
    for (const [j, source] of (volume.projected?.sources ?? []).entries())
      if (source.serviceAccountToken)
        issues.forbidden(
          at.child('volumes').index(i).child('projected', 'sources').index(j).child('serviceAccountToken'),
          'needs spec.serviceAccountName',
        );
};

const checkPlacement = (spec: Draft<'PodSpec'>, at: Field, issues: Issues): void => {
  checkLabels(spec.nodeSelector ?? {}, at.child('nodeSelector'), issues);
  if (spec.affinity) checkAffinity(spec.affinity, at.child('affinity'), issues);
  checkTolerations(spec.tolerations ?? [], at.child('tolerations'), issues);
  checkTopologySpread(spec.topologySpreadConstraints ?? [], at.child('topologySpreadConstraints'), issues);
  if (spec.nodeName) issues.form(at.child('nodeName'), spec.nodeName, dnsSubdomain);
  const gates = spec.schedulingGates ?? [];
  if (gates.length > 0)
    issues.forbidden(at.child('nodeName'), 'a static pod is on its node already: it cannot have schedulingGates');
  const gateNames = new Set<string>();
  for (const [i, { name = '' }] of gates.entries()) {
    issues.form(at.child('schedulingGates').index(i), name, qualifiedName);
    if (gateNames.has(name)) issues.duplicate(at.child('schedulingGates').index(i), name);
    gateNames.add(name);
  }
  for (const [i, { conditionType = '' }] of (spec.readinessGates ?? []).entries())
    issues.form(at.child('readinessGates').index(i).child('conditionType'), conditionType, qualifiedName);
};

const checkSettings = (spec: Draft<'PodSpec'>, at: Field, issues: Issues): void => {
  checkPodSecurity(spec, at.child('securityContext'), issues);
  checkDns(spec, at, issues);
  checkHostAliases(spec.hostAliases ?? [], at.child('hostAliases'), issues);
  checkHostnames(spec, at, issues);
  const { restartPolicy, preemptionPolicy, activeDeadlineSeconds: deadline, os } = spec;
  if (!restartPolicies.includes(restartPolicy ?? ''))
    issues.notOneOf(at.child('restartPolicy'), restartPolicy, restartPolicies);
  if (preemptionPolicy !== undefined) issues.choice(at.child('preemptionPolicy'), preemptionPolicy, preemptionPolicies);
  for (const name of ['serviceAccountName', 'priorityClassName'] as const)
    if (spec[name]) issues.form(at.child(name), spec[name], dnsSubdomain);
  if (spec.runtimeClassName !== undefined)
    issues.form(at.child('runtimeClassName'), spec.runtimeClassName, dnsSubdomain);
  if (spec.schedulingGroup)
    issues.form(at.child('schedulingGroup', 'podGroupName'), spec.schedulingGroup.podGroupName ?? '', dnsSubdomain);
  if (deadline !== undefined && (deadline < 1 || deadline > maxDeadline))
    issues.invalid(at.child('activeDeadlineSeconds'), deadline, `must be between 1 and ${maxDeadline}`);
  if (spec.overhead) checkOverhead(spec.overhead, at.child('overhead'), issues);
  if (os && !os.name) issues.required(at.child('os', 'name'));
  else if (os?.name && !systems.includes(os.name)) issues.notOneOf(at.child('os'), os.name, systems);
};
