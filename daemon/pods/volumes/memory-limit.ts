import { milliOf } from '../create/quantities.ts';
import type { Container, Pod } from '../v1.ts';

const limitOf = (resources: Container['resources']): number => Math.ceil(milliOf(resources?.limits?.['memory']) / 1000);

/**
 * How much memory a pod may take in all, bytes; 0 where there is no limit (component-helpers/resource PodLimits): its
 * own limit, else what its containers and sidecars sum up to or, if that is more, what they need while one init
 * container runs.
 */
export const podMemoryLimit = (pod: Pod): number => {
  const own = limitOf(pod.spec.resources);
  if (own > 0) return own;
  const mains = (pod.spec.containers ?? []).map((c) => limitOf(c.resources));
  let sidecars = 0;
  let starting = 0;
  for (const init of pod.spec.initContainers ?? []) {
    const limit = limitOf(init.resources);
    if (limit === 0) return 0;
    if (init.restartPolicy === 'Always') sidecars += limit;
    starting = Math.max(starting, sidecars + (init.restartPolicy === 'Always' ? 0 : limit));
  }
  if (mains.includes(0)) return 0;
  return Math.max(starting, sidecars + mains.reduce((a, b) => a + b, 0));
};
