import { type Fault, failureOf } from './fault.ts';
import type { Server } from './server.ts';

/** A server, and what is known of it. */
export interface Place {
  readonly server: Server;
  /** Undefined: it answers, or was not asked yet. */
  fault: Fault | undefined;
  /** Probes in a row that it said of that it is ready. */
  wellInARow: number;
}

/** What is shown of the servers. */
export interface ServersView {
  /** URL of the one that is asked first. */
  readonly server: string;
  readonly state: 'unknown' | 'answers' | 'away';
  /** What is wrong with servers, also while another answers; '' when nothing is known to be. */
  readonly message: string;
  /** What to do about it where no server is trusted (E_TLS_UNTRUSTED), which time alone does not mend. */
  readonly distrust?: string;
}

/** @param places the preferred one first */
export const viewOf = (places: readonly Place[], current: Place, hasAnswered: boolean): ServersView => {
  const faults = places.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  const failure = faults.length === 0 ? undefined : failureOf(faults);
  const isAway = faults.length === places.length;
  const isDistrusted = isAway && faults.every(({ kind }) => kind === 'untrusted');
  return {
    server: current.server.url,
    state: isAway ? 'away' : hasAnswered ? 'answers' : 'unknown',
    message: failure?.message ?? '',
    ...(isDistrusted ? { distrust: failure?.hint ?? '' } : {}),
  };
};

/**
 * In which order servers are asked: the present one, then those of which nothing bad is known, then the others. Without
 * those that asked not to be asked yet.
 */
export const turnOrder = (places: readonly Place[], current: Place, now: number): readonly Place[] => {
  const others = places.filter((place) => place !== current);
  const isWell = ({ fault }: Place): boolean => fault === undefined;
  return [current, ...others.filter(isWell), ...others.filter((place) => !isWell(place))].filter(
    ({ server }) => server.askAt <= now,
  );
};
