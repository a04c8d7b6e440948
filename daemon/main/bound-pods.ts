import type { Apiserver } from '../node/apiserver/apiserver.ts';
import { BoundPods } from '../node/bound-pods/bound-pods.ts';
import { foreignPodsController } from '../node/bound-pods/foreign-pods.ts';
import { podWatch } from '../node/bound-pods/pod-watch.ts';
import { ClusterEvents } from '../node/events/cluster-events.ts';
import { mirrorController } from '../node/mirror/mirror-controller.ts';
import { boundPodsListedType, boundPodType } from '../node/resources.ts';
import type { Foundation } from './foundation.ts';

/**
 * The pods of this Node as the cluster sees them: mirrors of the static ones, an end to the others, and events. Gives what
 * is to be started with the engine and stopped with it.
 */
export const buildBoundPods = (foundation: Foundation, apiserver: Apiserver) => {
  const { config, store, engine, events, clock, random, log } = foundation;
  const base = { nodeName: config.nodeName, store, apiserver, clock, random, events, log };
  const boundPods = new BoundPods({
    ...base,
    pods: store.claim(boundPodType, 'bound-pods'),
    listed: store.claim(boundPodsListedType, 'bound-pods'),
  });
  engine.add(mirrorController({ ...base, boundPods }));
  engine.add(foreignPodsController({ ...base, boundPods }));
  return [podWatch({ ...base, handler: boundPods }), new ClusterEvents(base)] as const;
};
