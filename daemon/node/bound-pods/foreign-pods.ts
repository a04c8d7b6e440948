import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import type { Reader } from '../../reconcile/store.ts';
import { TokenBucket } from '../../reconcile/token-bucket.ts';
import type { Apiserver } from '../apiserver/apiserver.ts';
import { isMirror } from '../mirror/mirror-pod.ts';
import { boundPodType, registrationType } from '../resources.ts';
import type { BoundPods } from './bound-pods.ts';
import { deletePod, isFinalised } from './delete-pod.ts';

/** So many events at once, and then one in so long: a DaemonSet may make its pod anew again and again. */
const EVENTS = { burst: 10, refillMs: 5 * 60_000 };

export interface ForeignPodsOptions {
  readonly nodeName: string;
  readonly store: Reader;
  readonly apiserver: Apiserver;
  readonly boundPods: BoundPods;
  readonly clock: Clock;
  readonly events: EventRing;
}

/**
 * Pods of the cluster that are bound to this Node although bootlet runs only static ones: a DaemonSet tolerates every taint.
 * None is ever started; one that is being deleted waits for its node to say that nothing of it runs, and is told so.
 */
export const foreignPodsController = (options: ForeignPodsOptions): Controller => {
  const { nodeName, store, apiserver, boundPods, clock, events } = options;
  const limit = new TokenBucket(EVENTS, clock);
  const told = new Set<string>();

  const tell = (uid: string, { metadata }: Pod): void => {
    if (told.has(uid)) return;
    told.add(uid);
    if (!limit.take()) return;
    const { namespace = '', name = '' } = metadata ?? {};
    events.report({
      type: 'Warning',
      reason: 'NotRunByBootlet',
      message: `node ${nodeName} runs only static pods: bootlet does not start this one. Let it tolerate no taint bootlet.io/static-pods-only, or select other nodes`,
      subject: { kind: 'Pod', namespace, name, uid },
    });
  };

  const all = () => store.list(boundPodType).map(({ id }) => id);
  return {
    name: 'foreign-pods',
    inputs: [input(boundPodType), input(registrationType, all)],
    outputs: [],
    concurrency: 4,
    async reconcile(uid): Promise<Outcome> {
      const pod = store.get(boundPodType, uid);
      if (pod === undefined) told.delete(uid);
      if (pod === undefined || isMirror(pod)) return done;
      if (store.get(registrationType, nodeName)?.state !== 'registered') return done;
      tell(uid, pod);
      if (pod.metadata?.deletionTimestamp === undefined || isFinalised(pod)) return done;
      await deletePod(apiserver, boundPods, pod);
      return done;
    },
  };
};
