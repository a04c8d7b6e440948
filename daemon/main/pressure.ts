import { observePressure } from '../pods/pressure/observe.ts';
import { pressureWatch } from '../pods/pressure/watch.ts';
import type { Foundation } from './foundation.ts';
import type { RuntimeParts } from './runtime.ts';

/** What the node is short of. */
export const buildPressure = (
  { config, engine, clock, events }: Foundation,
  { runtime }: Pick<RuntimeParts, 'runtime'>,
): void => {
  const { nodeName, node, paths } = config;
  const observe = observePressure({ proc: '/proc', state: paths.state, runtime });
  engine.add(pressureWatch({ thresholds: node.evictionHard, observe, nodeName, clock, events }));
};
