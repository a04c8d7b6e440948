import { BootletError } from '../../errors.ts';
import type { Mounter } from '../../host/mounts.ts';
import { allOf } from '../../reconcile/all-of.ts';
import type { Clock } from '../../reconcile/clock.ts';
import type { Semaphore } from '../../reconcile/semaphore.ts';
import type { ContainerRuntime, ObservedContainer } from '../../runtime/runtime.ts';
import type { PodNetwork } from '../../shared-resources.ts';
import type { PodCgroups } from '../cgroup/pod-cgroups.ts';
import { containerConfig, type HostFacts } from '../create/container-config.ts';
import { environmentOf } from '../create/env.ts';
import { readFileKeys } from '../create/file-keys.ts';
import { podFiles } from '../create/pod-files.ts';
import type { ClusterDNS } from '../create/resolv-conf.ts';
import { sandboxConfig } from '../create/sandbox-config.ts';
import { type ProfileSources, securityProfiles } from '../create/security-profiles.ts';
import { networkFor } from '../network/sandbox-network.ts';
import { label } from '../plan/labels.ts';
import { containerNamed, hasEnded } from '../plan/observed.ts';
import type { PodStep, Stop } from '../plan/steps.ts';
import { LEAST_GRACE_SECONDS } from '../plan/stop.ts';
import type { PodEvents } from '../record/pod-events.ts';
import type { ImageState, PodSpec } from '../resources.ts';
import type { Container } from '../v1.ts';
import { containerMounts } from '../volumes/container-mounts.ts';
import { makeTerminationLog, writePodFiles } from './pod-folder.ts';
import type { Stops } from './stops.ts';

export interface ExecutorOptions {
  readonly runtime: ContainerRuntime;
  /** Brings the store up to what the runtime says of one container now, and returns it. */
  readonly refresh: (id: string) => Promise<ObservedContainer | undefined>;
  /** Around each call that makes the runtime work: beyond its limit more calls at once only make each slower. */
  readonly limit: Semaphore;
  readonly clock: Clock;
  readonly events: PodEvents;
  readonly stops: Stops;
  /** The state folder. */
  readonly state: string;
  /** The image of a sandbox. */
  readonly pauseImage: string;
  readonly dns: ClusterDNS;
  readonly host: Omit<HostFacts, 'podIPs'>;
  readonly profiles: ProfileSources;
  readonly cgroups: Pick<PodCgroups, 'ensure'>;
  readonly mounter: Mounter;
}

/** One pod name as it stands while its steps are carried out. */
export interface StepContext {
  readonly wanted: PodSpec | undefined;
  readonly seen: readonly ObservedContainer[];
  /** When the wanted pod was seen first, ms since the epoch. */
  readonly startedAt: number;
  readonly image: (container: string) => ImageState | undefined;
  readonly podNetwork: PodNetwork | undefined;
}

/** When many pods start, those that were begun are finished before others are: it is sooner for them, and later for none. */
const URGENCY = { startContainer: 4, startSandbox: 3, createContainer: 2, createSandbox: 1 };

/** A step that the worker carries out itself, since it only writes to the store. */
export type RuntimeStep = Exclude<PodStep, { readonly do: 'request-image' | 'run-hook' }>;
type StepOf<K extends RuntimeStep['do']> = Extract<RuntimeStep, { readonly do: K }>;

/** Carries out single steps. Each may be cut at any point and carried out again. */
export class PodExecutor {
  readonly #o: ExecutorOptions;
  readonly #executors: { readonly [K in RuntimeStep['do']]: (step: StepOf<K>, context: StepContext) => Promise<void> } =
    {
      'create-sandbox': (step, context) => this.#createSandbox(step, context),
      'start-sandbox': ({ id }) => this.#start(id),
      'create-container': (step, context) => this.#createContainer(step, context),
      'start-container': (step, context) => this.#startContainer(step, context),
      stop: (step, context) => this.#stop(step, context),
      signal: (step, context) => this.#signal(step, context),
      kill: (step, context) => this.#kill(step, context),
      remove: ({ id }) => this.#remove(id),
    };

  constructor(options: ExecutorOptions) {
    this.#o = options;
  }

  /** @throws what the runtime or the host answered */
  async execute<K extends RuntimeStep['do']>(step: StepOf<K>, context: StepContext): Promise<void> {
    await this.#executors[step.do as K](step, context);
  }

  async #createSandbox({ attempt }: StepOf<'create-sandbox'>, context: StepContext): Promise<void> {
    const spec = wantedOf(context);
    const { runtime, limit, refresh, state, dns, pauseImage, cgroups, events } = this.#o;
    const files = podFiles(state, spec.uid);
    const [warnings, cgroup] = await allOf([writePodFiles(spec.pod, files, dns, []), cgroups.ensure(spec.pod)]);
    if (attempt > 0)
      events.pod(spec, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    for (const { reason, message } of warnings) events.pod(spec, 'Warning', reason, message);
    if (cgroup.problems.length > 0)
      events.pod(spec, 'Warning', 'PodCgroupLimited', `limits of the pod as a whole: ${cgroup.problems.join('; ')}`);
    const config = sandboxConfig({
      spec,
      attempt,
      pauseImage,
      clusterDomain: dns.domain,
      seenAt: context.startedAt,
      cgroupParent: cgroup.parent,
      network: networkFor(spec.pod, context.podNetwork),
    });
    await refresh(await limit.run(() => runtime.createSandbox(config), URGENCY.createSandbox));
  }

  async #start(id: string): Promise<void> {
    const { runtime, limit, refresh } = this.#o;
    await limit.run(() => runtime.start(id), URGENCY.startSandbox);
    await refresh(id);
  }

  async #createContainer(step: StepOf<'create-container'>, context: StepContext): Promise<void> {
    const { runtime, limit, refresh, state, host, profiles, mounter, events } = this.#o;
    const spec = wantedOf(context);
    const { pod } = spec;
    const container = containerOf(spec, step.container);
    const files = podFiles(state, spec.uid);
    const image = context.image(step.container);
    if (image?.state !== 'present')
      throw new BootletError('E_INTERNAL', `the image of ${step.container} is not there yet`);
    const sandbox = context.seen.find((c) => c.id === step.sandboxId);
    const podIPs = spec.pod.spec.hostNetwork === true ? host.hostIPs : (sandbox?.ips ?? []);
    if (container.terminationMessagePath) await makeTerminationLog(files.terminationLog(step.container, step.attempt));
    const facts = { ...host, podIPs };
    const fileKeys = await readFileKeys(container, (volume) => files.volume('empty-dir', volume));
    const env = environmentOf(pod, container, facts, fileKeys);
    const request = {
      ...step,
      spec,
      container,
      image: { id: image.imageId, ref: image.imageRef, user: image.user },
      env,
      mounts: await containerMounts(
        {
          pod,
          container,
          attempt: step.attempt,
          files,
          env,
          canMountRecursivelyReadOnly: () => runtime.canMountRecursivelyReadOnly(),
        },
        mounter,
      ),
      profiles: await securityProfiles(pod, container, profiles),
      cgroupParent: sandbox?.labels[label.cgroupParent],
    };
    const config = containerConfig(request, facts);
    const warn = (message: string): void =>
      events.container(spec, pod, step.container, 'Warning', 'ContainerLimited', message);
    await refresh(await limit.run(() => runtime.createContainer(config, warn), URGENCY.createContainer));
    events.container(spec, spec.pod, step.container, 'Normal', 'Created', `Container created`);
  }

  async #startContainer({ id, container, sandboxId }: StepOf<'start-container'>, context: StepContext): Promise<void> {
    const { runtime, limit, refresh, events, state, dns } = this.#o;
    const spec = wantedOf(context);
    const sandbox = context.seen.find((c) => c.id === sandboxId);
    if (spec.pod.spec.hostNetwork !== true)
      await writePodFiles(spec.pod, podFiles(state, spec.uid), dns, sandbox?.ips ?? []);
    try {
      await limit.run(() => runtime.start(id), URGENCY.startContainer);
    } catch (error) {
      // A container that cannot be started (no such command, say) has ended in the runtime's eyes: back-off is the planner's.
      const seen = await refresh(id);
      if (seen === undefined || !hasEnded(seen)) throw error;
      events.container(spec, spec.pod, container, 'Warning', 'Failed', `Error: ${seen.error}`);
      return;
    }
    await refresh(id);
    events.container(spec, spec.pod, container, 'Normal', 'Started', 'Container started');
  }

  async #stop(step: StepOf<'stop'>, context: StepContext): Promise<void> {
    const { runtime, refresh, clock, stops, events } = this.#o;
    const { id, reason, graceSeconds, signal } = step;
    const container = seenContainer(context, id);
    const killAt = clock.now() + Math.max(graceSeconds, signal ? LEAST_GRACE_SECONDS : 0) * 1000;
    try {
      if (signal) await runtime.signal(id, container.stopSignal);
    } finally {
      // Also of a signal that was refused: SIGKILL at the end of the grace is what a container cannot escape.
      await stops.note(container.pod.uid, id, { reason, graceSeconds, killAt, signalled: signal, killed: false });
    }
    events.run(container, 'Normal', 'Killing', step.message);
    if (signal) await refresh(id);
  }

  async #signal({ id, killAt }: StepOf<'signal'>, context: StepContext): Promise<void> {
    const { runtime, refresh, stops } = this.#o;
    const container = seenContainer(context, id);
    try {
      await runtime.signal(id, container.stopSignal);
    } finally {
      await stops.note(container.pod.uid, id, { ...stopOf(stops, id, killAt), killAt, signalled: true });
    }
    await refresh(id);
  }

  async #kill({ id }: StepOf<'kill'>, context: StepContext): Promise<void> {
    const { runtime, refresh, clock, stops } = this.#o;
    const container = seenContainer(context, id);
    const stop = stopOf(stops, id, clock.now());
    await runtime.signal(id, 'SIGKILL');
    await stops.note(container.pod.uid, id, { ...stop, signalled: true, killed: true });
    await refresh(id);
  }

  async #remove(id: string): Promise<void> {
    const { runtime, limit, refresh } = this.#o;
    await limit.run(() => runtime.remove(id));
    await refresh(id);
  }
}

const wantedOf = ({ wanted }: StepContext): PodSpec => {
  if (wanted === undefined) throw new BootletError('E_INTERNAL', 'a step of a pod that is not wanted');
  return wanted;
};

const containerOf = (spec: PodSpec, name: string): Container => {
  const container = containerNamed(spec.pod, name);
  if (container === undefined) throw new BootletError('E_INTERNAL', `${spec.name} has no container ${name}`);
  return container;
};

const seenContainer = ({ seen }: StepContext, id: string): ObservedContainer => {
  const container = seen.find((c) => c.id === id);
  if (container === undefined) throw new BootletError('E_INTERNAL', `container ${id} is not known`);
  return container;
};

/** The stop under way; a sandbox is killed without one. */
const stopOf = (stops: Stops, id: string, now: number): Stop =>
  stops.all.get(id) ?? { reason: 'finished', graceSeconds: 0, killAt: now, signalled: false, killed: false };
