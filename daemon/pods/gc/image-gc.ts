import { BootletError, messageOf } from '../../errors.ts';
import type { Clock } from '../../reconcile/clock.ts';
import { type Controller, done, input, type Outcome } from '../../reconcile/controller.ts';
import type { EventRing } from '../../reconcile/events.ts';
import { nodePressureType, runtimeStateType, sourcesReadyType } from '../resources.ts';
import type { ImageCollector } from './image-collector.ts';

/** The kubelet's ImageGCPeriod. */
const PERIOD_MS = 5 * 60_000;
/** While the disk is short, images come out of use: the kubelet's evictionMonitoringPeriod. */
const FULL_PERIOD_MS = 10_000;
const ALL = ['images'];

export interface ImageGcOptions {
  readonly collector: Pick<ImageCollector, 'collect' | 'collectAll'>;
  /** As the kubelet: at 100 nothing is collected but when the disk is short. */
  readonly highPercent: number;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly events: EventRing;
}

/** Collects images every five minutes and when the disk is short, once it is known which are needed. */
export const imageGc = ({ collector, highPercent, nodeName, clock, events }: ImageGcOptions): Controller => {
  let nextAt = 0;
  let hasFailed = false;
  /** Not before this is everything collected again while the disk is short. */
  let nextFullAt = 0;
  const report = (reason: string, message: string): void =>
    void events.report({ type: 'Warning', reason, message, subject: { kind: 'Node', name: nodeName } });
  return {
    name: 'image-gc',
    inputs: [
      input(runtimeStateType, () => ALL),
      input(sourcesReadyType, () => ALL),
      input(nodePressureType, (p) => (p.id === 'DiskPressure' ? ALL : [])),
    ],
    outputs: [],
    async reconcile(_key, { store }): Promise<Outcome> {
      const runtime = store.list(runtimeStateType)[0]?.value;
      if (runtime?.listed !== true || !runtime.ready || store.list(sourcesReadyType).length === 0)
        return { kind: 'wait', for: 'the images that are needed to be known' };
      // Whatever the thresholds of images say: what nobody needs goes before pods do.
      const isFull = store.get(nodePressureType, 'DiskPressure')?.met !== undefined;
      const now = clock.now();
      if (isFull && now >= nextFullAt) {
        nextFullAt = now + FULL_PERIOD_MS;
        await collector.collectAll();
      }
      const again = (at: number): Outcome => ({ kind: 'requeue', at: isFull ? Math.min(at, nextFullAt) : at });
      if (highPercent >= 100) return isFull ? again(nextFullAt) : done;
      if (now < nextAt) return again(nextAt);
      nextAt = now + PERIOD_MS;
      try {
        await collector.collect();
        hasFailed = false;
      } catch (error) {
        const message = messageOf(error);
        if (error instanceof BootletError && error.code === 'E_IMAGE_GC') report('FreeDiskSpaceFailed', message);
        // As the kubelet: one failure may pass.
        if (hasFailed) report('ImageGCFailed', message);
        hasFailed = true;
      }
      return again(nextAt);
    },
  };
};
