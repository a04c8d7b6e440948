import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { evictionController } from '../pods/pressure/eviction.ts';
import { Evictions } from '../pods/pressure/evictions.ts';
import { lastMetFile } from '../pods/pressure/last-met.ts';
import { observePressure } from '../pods/pressure/observe.ts';
import { pressureWatch } from '../pods/pressure/watch.ts';
import { podEvictionType } from '../pods/resources.ts';
import type { Foundation } from './foundation.ts';
import type { RuntimeParts } from './runtime.ts';
import type { StatsParts } from './stats.ts';

/** What the node is short of, and which pods have to make room where that is asked for. */
export const buildPressure = async (
  { config, engine, store, clock, events, log }: Foundation,
  { runtime }: Pick<RuntimeParts, 'runtime'>,
  { stats, meters }: StatsParts,
): Promise<void> => {
  const { nodeName, node, paths, pods } = config;
  const thresholds = node.evictionHard;
  const onFailure = (error: string) => log.warn({ error }, 'what the node is short of is not fully known');
  const observe = observePressure({ proc: '/proc', state: paths.state, runtime, onFailure });
  const memory = lastMetFile(join(paths.state, 'pressure.json'));
  const lastMet = await memory.load().catch((error: unknown) => {
    log.warn({ error: messageOf(error) }, 'what the node was short of is not known');
    return undefined;
  });
  engine.add(pressureWatch({ thresholds, observe, lastMet: lastMet ?? {}, memory, nodeName, clock, events }));
  if (pods.eviction !== 'priority') return;
  const evictions = new Evictions({
    file: join(paths.state, 'evictions.json'),
    store,
    evictions: store.claim(podEvictionType, 'eviction'),
  });
  await evictions.load().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'evictions are not known'));
  engine.add(evictionController({ thresholds, observe, stats, meters, evictions, clock }));
};
