import type { EventInput, EventRing } from '../../reconcile/events.ts';
import type { PodRef } from '../../runtime/runtime.ts';
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
    const list = pod?.spec.initContainers?.some((c) => c.name === container) ? 'initContainers' : 'containers';
    this.#ring.report({
      type,
      reason,
      message,
      subject: { ...subjectOf(ref), fieldPath: `spec.${list}{${container}}` },
    });
  }
}

/** Only what names the pod: callers pass what carries more. */
const subjectOf = ({ namespace, name, uid }: PodRef) => ({ kind: 'Pod', namespace, name, uid });
