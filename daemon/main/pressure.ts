import { evictionController } from '../pods/pressure/eviction.ts';
import { observePressure } from '../pods/pressure/observe.ts';
import { pressureWatch } from '../pods/pressure/watch.ts';
import type { Foundation } from './foundation.ts';
import type { RuntimeParts } from './runtime.ts';
import type { StatsParts } from './stats.ts';

/** What the node is short of, and which pods have to make room where that is asked for. */
export const buildPressure = (
  { config, engine, clock, events }: Foundation,
  { runtime }: Pick<RuntimeParts, 'runtime'>,
  { stats, meters }: StatsParts,
): void => {
  const { nodeName, node, paths, pods } = config;
  const thresholds = node.evictionHard;
  const observe = observePressure({ proc: '/proc', state: paths.state, runtime });
  engine.add(pressureWatch({ thresholds, observe, nodeName, clock, events }));
  if (pods.eviction === 'priority') engine.add(evictionController({ thresholds, observe, stats, meters, clock }));
};
