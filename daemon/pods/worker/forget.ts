import type { Logger } from 'pino';
import { messageOf } from '../../errors.ts';
import type { Reader } from '../../reconcile/store.ts';
import type { ObservedContainer } from '../../runtime/runtime.ts';
import type { PodRecords } from '../record/pod-records.ts';
import { containerType, runtimeStateType } from '../resources.ts';
import type { Failures } from './failures.ts';
import type { LogLinks } from './log-links.ts';
import type { Stops } from './stops.ts';
import type { TerminationMessages } from './termination-messages.ts';

/** What is kept of each container beside the store. */
export interface Kept {
  readonly stops: Pick<Stops, 'forget'>;
  readonly failures: Pick<Failures, 'forgetRemoval'>;
  readonly messages: Pick<TerminationMessages, 'forget'>;
  readonly logLinks: Pick<LogLinks, 'remove'>;
  readonly log: Pick<Logger, 'warn'>;
}

/** Drops what is kept of a container that is gone. */
export const forgetContainer = (
  { stops, failures, messages, logLinks, log }: Kept,
  container: ObservedContainer,
): void => {
  stops.forget(container.id);
  failures.forgetRemoval(container.id);
  messages.forget(container.id);
  logLinks.remove(container).catch((error: unknown) => {
    // They go with the pod's other logs at the latest.
    log.warn({ container: container.id, error: messageOf(error) }, 'links to the log of a container are left');
  });
};

/** Drops what is kept of each container that goes from now on, whoever removed it. */
export const forgetRemoved = (store: Reader, kept: Kept): void => {
  store.watch(containerType, ({ kind, resource }) => {
    if (kind === 'removed') forgetContainer(kept, resource.value);
  });
};

/** Drops, once the runtime has listed its containers, what was noted of those that went while no daemon ran: nothing else tells of their end. */
export const forgetUnlisted = (store: Reader, records: readonly Pick<PodRecords<object>, 'keepOnly'>[]): void => {
  const end = store.watch(runtimeStateType, ({ resource }) => {
    if (!resource.value.listed) return;
    end();
    for (const one of records) one.keepOnly((id) => store.get(containerType, id) !== undefined);
  });
};
