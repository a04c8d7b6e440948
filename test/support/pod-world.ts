import { preStopLabels } from '../../daemon/pods/hooks/handler.ts';
import { label } from '../../daemon/pods/plan/labels.ts';
import { allContainersOf, type PodView } from '../../daemon/pods/plan/observed.ts';
import { planPod } from '../../daemon/pods/plan/plan.ts';
import { roleOf } from '../../daemon/pods/plan/role.ts';
import type { PodStep, Stop } from '../../daemon/pods/plan/steps.ts';
import { LEAST_GRACE_SECONDS } from '../../daemon/pods/plan/stop.ts';
import { type HookResult, hookKey, type ImageState, type PodSpec } from '../../daemon/pods/resources.ts';
import type { ObservedContainer } from '../../daemon/runtime/runtime.ts';
import { aPodNetwork, aRun, aSandbox, at } from './pod-builders.ts';
import { aView } from './pod-view.ts';

/** What may happen to a pod from outside, at any moment. */
export type Disturbance =
  | { readonly kind: 'want'; readonly spec: PodSpec | undefined }
  | { readonly kind: 'exit'; readonly pick: number; readonly exitCode: number }
  | { readonly kind: 'prune' }
  /** Whether there is a pod network. */
  | { readonly kind: 'network'; readonly isReady: boolean }
  /** Its turn to get a new sandbox has come to the pod. */
  | { readonly kind: 'renew' }
  | { readonly kind: 'daemon-killed' }
  | { readonly kind: 'time'; readonly seconds: number };

/** A container that was asked to end, what of its pod ran then, and whether the grace of the pod was over. */
export interface Signal {
  readonly container: ObservedContainer;
  readonly beside: readonly ObservedContainer[];
  readonly isLate: boolean;
}

/**
 * A runtime and a host that carry out the planner's steps, for asking where a pod ends up whatever happens on the way.
 * Steps take effect at once; a daemon that is killed carries out only some of them and forgets what is not on disk.
 */
export class PodWorld {
  wanted: PodSpec | undefined;
  now = at(0);
  readonly #containers = new Map<string, ObservedContainer>();
  #hasNetwork = true;
  #renewedSandbox: string | undefined;
  readonly #stops = new Map<string, Stop>();
  #images = new Map<string, ImageState>();
  /** By `CONTAINER-ID/KIND`. */
  readonly hooks = new Map<string, HookResult>();
  /** Everything that was ever started, in order. */
  readonly started: ObservedContainer[] = [];
  /** Every signal that was sent, in order. */
  readonly signals: Signal[] = [];

  get containers(): readonly ObservedContainer[] {
    return [...this.#containers.values()];
  }

  get running(): readonly ObservedContainer[] {
    return this.containers.filter((c) => c.state === 'running');
  }

  view(): PodView {
    return {
      ...aView({ wanted: this.wanted, seen: this.containers, now: this.now }),
      images: this.#images,
      podNetwork: this.#hasNetwork ? aPodNetwork() : { state: 'waiting', reason: 'x', message: 'x' },
      renewedSandbox: this.#renewedSandbox,
      stops: this.#stops,
      hook: (containerId, kind) => this.hooks.get(hookKey(containerId, kind)),
    };
  }

  /** Plans and carries out, `limit` steps at the most; how many steps there were. */
  reconcile(limit = Number.POSITIVE_INFINITY): number {
    const { steps } = planPod(this.view());
    for (const step of steps.slice(0, limit)) this.#carryOut(step);
    return steps.length;
  }

  /** Reconciles, lets time pass and init containers end well, until nothing is left to do. @throws when that does not come about */
  settle(): void {
    this.#hasNetwork = true;
    for (let round = 0; round < 400; round++) {
      const { steps, wakeAt } = planPod(this.view());
      const init = this.running.find((c) => c.labels[label.role] === 'init');
      if (steps.length === 0 && wakeAt === undefined && init === undefined) return;
      if (steps.length > 0) for (const step of steps) this.#carryOut(step);
      else if (init === undefined) this.now = Math.max(this.now, wakeAt ?? 0);
      else this.#end(init, 0);
    }
    throw new Error(`no end: ${JSON.stringify(planPod(this.view()))}`);
  }

  disturb(disturbance: Disturbance): void {
    switch (disturbance.kind) {
      case 'want':
        this.wanted = disturbance.spec;
        this.#images = new Map();
        return;
      case 'exit': {
        const picked = this.running[disturbance.pick % Math.max(1, this.running.length)];
        if (picked !== undefined) this.#end(picked, disturbance.exitCode);
        return;
      }
      case 'network':
        this.#hasNetwork = disturbance.isReady;
        return;
      case 'renew':
        this.#renewedSandbox = this.running.find((c) => c.kind === 'sandbox')?.id;
        return;
      case 'prune':
        for (const c of this.containers) if (c.state === 'exited') this.#containers.delete(c.id);
        return;
      case 'daemon-killed':
        this.reconcile(1);
        this.#images = new Map();
        this.#renewedSandbox = undefined;
        return;
      case 'time':
        this.now += disturbance.seconds * 1000;
    }
  }

  #carryOut(step: PodStep): void {
    const uid = this.wanted?.uid ?? '';
    switch (step.do) {
      case 'create-sandbox':
        return this.#make(
          aSandbox(
            { id: `sandbox-${uid}-${step.attempt}`, attempt: step.attempt, state: 'created', startedAt: 0 },
            uid,
          ),
        );
      case 'request-image':
        this.#images.set(step.container, {
          attempt: step.attempt,
          image: 'app:1',
          state: 'present',
          imageId: 'sha256:app',
          imageRef: 'sha256:app',
          user: '',
        });
        return;
      case 'create-container': {
        const labels = {
          [label.sandboxId]: step.sandboxId,
          [label.backoff]: String(step.backoffSeconds),
          [label.gracePeriod]: '2',
          [label.role]: this.wanted === undefined ? 'main' : roleOf(this.wanted.pod, step.container),
          [label.life]: String(step.life),
          ...this.#preStopOf(step.container),
        };
        return this.#make(
          aRun({ container: step.container, attempt: step.attempt, state: 'created', startedAt: 0, labels }, uid),
        );
      }
      case 'run-hook':
        this.hooks.set(hookKey(step.id, step.kind), { containerId: step.id, kind: step.kind, state: 'succeeded' });
        return;
      case 'start-sandbox':
      case 'start-container':
        return this.#start(step.id);
      case 'stop':
        this.#stops.set(step.id, {
          reason: step.reason,
          graceSeconds: step.graceSeconds,
          killAt: this.now + Math.max(step.graceSeconds, step.signal ? LEAST_GRACE_SECONDS : 0) * 1000,
          signalled: step.signal,
          killed: false,
        });
        if (step.signal) this.#signal(step.id, this.#stop(step.id));
        return;
      case 'signal':
        this.#signal(step.id, this.#stop(step.id));
        this.#stops.set(step.id, { ...this.#stop(step.id), killAt: step.killAt, signalled: true });
        return;
      case 'kill':
        return this.#end(this.#get(step.id), 137);
      case 'remove':
        return this.#remove(step.id);
    }
  }

  #preStopOf(name: string): Readonly<Record<string, string>> {
    const container =
      this.wanted === undefined ? undefined : allContainersOf(this.wanted.pod).find((c) => c.name === name);
    return container === undefined ? {} : preStopLabels(container);
  }

  /** As Docker's name conflict: what is there already stays as it is. */
  #make(container: ObservedContainer): void {
    if (!this.#containers.has(container.id)) this.#containers.set(container.id, { ...container, createdAt: this.now });
  }

  #start(id: string): void {
    const container = { ...this.#get(id), state: 'running' as const, startedAt: this.now };
    this.#containers.set(id, container);
    this.started.push(container);
  }

  #end(container: ObservedContainer, exitCode: number): void {
    if (container.id === this.#renewedSandbox) this.#renewedSandbox = undefined;
    this.#containers.set(container.id, { ...container, state: 'exited', exitCode, finishedAt: this.now });
  }

  #remove(id: string): void {
    if (this.#get(id).state === 'running') throw new Error(`${id} runs and was removed`);
    this.#containers.delete(id);
  }

  #signal(id: string, { killAt }: Stop): void {
    const container = this.#get(id);
    const beside = this.running.filter((c) => c.kind === 'container' && c.pod.uid === container.pod.uid);
    this.signals.push({ container, beside, isLate: this.now >= killAt });
  }

  #stop(id: string): Stop {
    const stop = this.#stops.get(id);
    if (stop === undefined) throw new Error(`${id} was not asked to end`);
    return stop;
  }

  #get(id: string): ObservedContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw new Error(`there is no ${id}`);
    return container;
  }
}
