import type { EventInput, EventRing } from '../../reconcile/events.ts';
import type { ObservedContainer, PodRef } from '../../runtime/runtime.ts';
import { isInit, isMain } from '../plan/role.ts';
import type { Pod } from '../v1.ts';

/** Reports what happens to pods in the kubelet's words. */
export class PodEvents {
  readonly #ring: EventRing;

  constructor(ring: EventRing) {
    this.#ring = ring;
  }

  pod(ref: PodRef, type: EventInput['type'], reason: string, message: string): void {
    this.#ring.report({ type, reason, message, subject: subjectOf(ref) });
  }

  container(
    ref: PodRef,
    pod: Pod | undefined,
    container: string,
    type: EventInput['type'],
    reason: string,
    message: string,
  ): void {
    const init = pod !== undefined && isInit(pod, { name: container });
    this.#container(ref, container, init, type, reason, message);
  }

  /** Of a container whose pod's manifest may be gone. */
  run(run: ObservedContainer, type: EventInput['type'], reason: string, message: string): void {
    this.#container(run.pod, run.container, !isMain(run), type, reason, message);
  }

  #container(
    ref: PodRef,
    container: string,
    init: boolean,
    type: EventInput['type'],
    reason: string,
    message: string,
  ): void {
    const fieldPath = `spec.${init ? 'initContainers' : 'containers'}{${container}}`;
    this.#ring.report({ type, reason, message, subject: { ...subjectOf(ref), fieldPath } });
  }
}

/** Only what names the pod: callers pass what carries more. */
const subjectOf = ({ namespace, name, uid }: PodRef) => ({ kind: 'Pod', namespace, name, uid });
