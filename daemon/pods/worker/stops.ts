import { type Stop, type StopReason, stopReasons } from '../plan/steps.ts';
import { LEAST_GRACE_SECONDS } from '../plan/stop.ts';
import { PodRecords } from '../record/pod-records.ts';

/**
 * The stops under way, by container id. The signal is sent before the note is written: a cut in between means that the
 * next daemon asks once more, with a fresh grace period; the other order could wait for the end of a container that was
 * never asked.
 */
export class Stops extends PodRecords<Stop> {
  /** @param state the state folder */
  constructor(state: string) {
    super({
      state,
      file: (files) => files.stops,
      parse,
      withoutIt: 'containers that were being stopped get a new grace period',
    });
  }

  /** No stop may take longer than its grace from now: after the clock was set back it would, by as much. */
  notAfter(now: number): void {
    for (const [id, stop] of this.all) {
      const latest = now + Math.max(stop.graceSeconds, LEAST_GRACE_SECONDS) * 1000;
      if (stop.killAt > latest) this.amend(id, { ...stop, killAt: latest });
    }
  }
}

const parse = (fields: Readonly<Record<string, unknown>>): Stop | undefined => {
  const { reason, graceSeconds, killAt, signalled, killed } = fields;
  return isReason(reason) &&
    typeof graceSeconds === 'number' &&
    typeof killAt === 'number' &&
    typeof signalled === 'boolean' &&
    typeof killed === 'boolean'
    ? { reason, graceSeconds, killAt, signalled, killed }
    : undefined;
};

const isReason = (value: unknown): value is StopReason =>
  typeof value === 'string' && Object.hasOwn(stopReasons, value);
