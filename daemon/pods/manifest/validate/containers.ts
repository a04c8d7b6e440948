import { dnsLabel, isPadded } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkEnv, checkEnvFrom } from './env.ts';
import { checkVolumeDevices, checkVolumeMounts, type DeclaredVolumes } from './mounts.ts';
import { checkContainerPorts, checkHostPorts } from './ports.ts';
import { checkLifecycle, checkProbes, type PodContext } from './probes.ts';
import { checkContainerResources } from './resources.ts';
import { checkContainerRestart, checkInitRestart, checkResizePolicy } from './restart.ts';
import { checkContainerSecurity } from './security.ts';

/** What of the pod its containers are checked against. */
export interface ContainerContext extends PodContext {
  readonly volumes: DeclaredVolumes;
  readonly claimNames: ReadonlySet<string>;
  readonly restartPolicy: string;
  readonly hostUsers: boolean;
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies = ['FallbackToLogsOnError', 'File'];

/** Rules that hold for main, init and ephemeral containers alike. */
const checkCommon = (container: Draft<'Container'>, pod: ContainerContext, at: Field, issues: Issues): void => {
  const { name = '', image = '', imagePullPolicy, terminationMessagePolicy: messagePolicy } = container;
  if (name === '') issues.required(at.child('name'));
  else issues.form(at.child('name'), name, dnsLabel);
  if (image === '') issues.required(at.child('image'));
  else if (isPadded(image)) issues.invalid(at.child('image'), image, 'must not have white space around it');
  if (!messagePolicies.includes(messagePolicy ?? ''))
    issues.notOneOf(at.child('terminationMessagePolicy'), messagePolicy, messagePolicies);
  checkContainerPorts(container.ports ?? [], at.child('ports'), issues);
  checkEnv(container.env ?? [], at.child('env'), issues);
  checkEnvFrom(container.envFrom ?? [], at.child('envFrom'), issues);
  checkVolumeMounts(container, pod.volumes, at.child('volumeMounts'), issues);
  checkVolumeDevices(container, pod.volumes, at.child('volumeDevices'), issues);
  if (!pullPolicies.includes(imagePullPolicy ?? ''))
    issues.notOneOf(at.child('imagePullPolicy'), imagePullPolicy, pullPolicies);
  checkContainerResources(container.resources ?? {}, pod.claimNames, at.child('resources'), issues);
  checkResizePolicy(container, pod.restartPolicy, at.child('resizePolicy'), issues);
  if (container.securityContext)
    checkContainerSecurity(container.securityContext, pod.hostUsers, at.child('securityContext'), issues);
};

const checkRunning = (container: Draft<'Container'>, pod: ContainerContext, at: Field, issues: Issues): void => {
  if (container.lifecycle) checkLifecycle(container.lifecycle, pod, at.child('lifecycle'), issues);
  checkProbes(container, pod, at, issues);
};

export const checkMainContainers = (
  containers: readonly Draft<'Container'>[],
  pod: ContainerContext,
  at: Field,
  issues: Issues,
): void => {
  if (containers.length === 0) return issues.required(at, 'needs at least one container');
  const names = new Set<string>();
  for (const [i, container] of containers.entries()) {
    const here = at.index(i);
    checkCommon(container, pod, here, issues);
    takeName(container.name ?? '', names, here, issues);
    checkRunning(container, pod, here, issues);
    checkContainerRestart(container, here, issues);
  }
  checkHostPorts(containers, at, issues);
};

const takeName = (name: string, taken: Set<string>, at: Field, issues: Issues): void => {
  if (taken.has(name)) issues.duplicate(at.child('name'), name);
  taken.add(name);
};

/** Init containers run one by one, unless their own restart policy makes them sidecars. */
export const checkInitContainers = (spec: Draft<'PodSpec'>, pod: ContainerContext, at: Field, issues: Issues): void => {
  const names = new Set((spec.containers ?? []).map(({ name = '' }) => name));
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    const here = at.index(i);
    checkCommon(container, pod, here, issues);
    checkInitRestart(container, here, issues);
    if (container.name || names.has('')) takeName(container.name ?? '', names, here, issues);
    // Kubernetes reports these at the first init container, whichever it is.
    checkHostPorts([container], at, issues);
    if (container.restartPolicy === 'Always') checkRunning(container, pod, here, issues);
    else checkPlainInit(container, here, issues);
  }
};

const checkPlainInit = (container: Draft<'Container'>, at: Field, issues: Issues): void => {
  for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    if (container[name])
      issues.forbidden(at.child(name), 'can only be given for an init container with restartPolicy: Always');
  for (const [i, { restartPolicy }] of (container.resizePolicy ?? []).entries())
    if (restartPolicy === 'RestartContainer')
      issues.invalid(
        at.child('resizePolicy').index(i).child('restartPolicy'),
        restartPolicy,
        'needs restartPolicy: Always on the init container',
      );
};

const ephemeralFields = new Set([
  ...[
    'name',
    'image',
    'command',
    'args',
    'workingDir',
    'envFrom',
    'env',
    'volumeMounts',
    'volumeDevices',
    'securityContext',
  ],
  ...[
    'terminationMessagePath',
    'terminationMessagePolicy',
    'imagePullPolicy',
    'stdin',
    'stdinOnce',
    'tty',
    'targetContainerName',
  ],
]);

/** Ephemeral containers only come into a pod that already runs; what else is wrong with them is said all the same. */
export const checkEphemeralContainers = (
  spec: Draft<'PodSpec'>,
  pod: ContainerContext,
  at: Field,
  issues: Issues,
): void => {
  const containers = spec.ephemeralContainers ?? [];
  if (containers.length > 0) issues.forbidden(at, 'cannot be in a manifest: they are added to pods that run');
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name = '' }) => name);
  const names = new Set(others);
  for (const [i, container] of containers.entries()) {
    const here = at.index(i);
    checkCommon(container, pod, here, issues);
    takeName(container.name ?? '', names, here, issues);
    const target = container.targetContainerName;
    if (target && !others.includes(target))
      issues.notFound(here.child('targetContainerName'), target, 'container', others);
    for (const [name, value] of Object.entries(container))
      if (!ephemeralFields.has(name) && !isEmptyResources(name, value))
        issues.forbidden(here.child(name), 'cannot be set for an ephemeral container');
    for (const [j, mount] of (container.volumeMounts ?? []).entries())
      for (const name of ['subPath', 'subPathExpr'] as const)
        if (mount[name])
          issues.forbidden(here.child('volumeMounts').index(j).child(name), 'cannot be set for an ephemeral container');
  }
};

/** `resources: {}` is nothing given, as in Go; any other field that is there was set. */
const isEmptyResources = (name: string, value: unknown): boolean =>
  name === 'resources' && typeof value === 'object' && value !== null && Object.keys(value).length === 0;
