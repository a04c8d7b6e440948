import { meterStarts, podMeters } from '../pods/stats/meters.ts';
import { Stats } from '../pods/stats/stats.ts';
import type { Foundation } from './foundation.ts';
import type { RuntimeParts } from './runtime.ts';

/** What the host and its pods use, and what happened to them, in numbers. */
export const buildStats = (
  { config, store, clock }: Foundation,
  { runtime }: RuntimeParts,
  parts: AsyncDisposableStack,
) => {
  const meters = podMeters();
  parts.defer(meterStarts(meters, store, clock));
  const roots = { proc: '/proc', cgroup: '/sys/fs/cgroup' };
  const stats = new Stats({ nodeName: config.nodeName, store, runtime, clock, roots, state: config.paths.state });
  return { meters, stats };
};

export type StatsParts = ReturnType<typeof buildStats>;
