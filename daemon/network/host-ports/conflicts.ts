import type { Listener } from '../../host/listeners.ts';
import type { HostPort } from '../../shared-resources.ts';
import { ANY, familyOf, isAny, plainAddress } from './addresses.ts';

export interface ConflictInput {
  /** All that sandboxes need. */
  readonly wanted: readonly HostPort[];
  /** Pods that have theirs: they keep them. */
  readonly holders: ReadonlySet<string>;
  /** Sockets of the host on which something waits for others; needed only for those that have not theirs yet. */
  readonly listeners: readonly Listener[];
}

export interface Conflict {
  readonly port: HostPort;
  readonly takenBy: Listener | HostPort;
}

export interface Verdict {
  readonly accepted: readonly HostPort[];
  /** By uid of the pod, of which no port is made then. */
  readonly refused: ReadonlyMap<string, Conflict>;
}

/** Which pods can have their ports of the host: all of them or none. Who has one keeps it. Pure. */
export const decide = ({ wanted, holders, listeners }: ConflictInput): Verdict => {
  const pods = Map.groupBy(wanted, ({ uid }) => uid);
  const accepted = wanted.filter(({ uid }) => holders.has(uid));
  const refused = new Map<string, Conflict>();
  for (const [uid, ports] of pods) {
    if (holders.has(uid)) continue;
    const conflict = ports
      .map((port) => ({
        port,
        takenBy: accepted.find((other) => collides(port, other)) ?? listeners.find((l) => isTaken(port, l)),
      }))
      .find((found): found is Conflict => found.takenBy !== undefined);
    if (conflict === undefined) accepted.push(...ports);
    else refused.set(uid, conflict);
  }
  return { accepted, refused };
};

/** The pods whose ports were all made already, whatever the address of the pod was then. */
export const holdersAmong = (wanted: readonly HostPort[], made: readonly HostPort[]): ReadonlySet<string> => {
  const keys = new Set(made.map(keyOf));
  const lacking = new Set(wanted.flatMap((port) => (keys.has(keyOf(port)) ? [] : [port.uid])));
  return new Set(wanted.flatMap(({ uid }) => (lacking.has(uid) ? [] : [uid])));
};

const keyOf = ({ uid, hostIP, hostPort, protocol }: HostPort): string => `${uid} ${hostIP} ${hostPort} ${protocol}`;

const collides = (a: HostPort, b: HostPort): boolean =>
  a.protocol === b.protocol && a.hostPort === b.hostPort && overlaps(a.hostIP, b.hostIP);

/** A socket on `::` takes IPv4 too, unless it was told not to, which nothing tells. */
const isTaken = (port: HostPort, { protocol, port: number, address }: Listener): boolean =>
  port.protocol === protocol && port.hostPort === number && overlaps(port.hostIP, address === ANY.ipv6 ? '' : address);

/** Whether two addresses, each maybe all of a family or all there are, have one in common. */
const overlaps = (a: string, b: string): boolean => {
  if (a === '' || b === '') return true;
  if (familyOf(a) !== familyOf(b)) return false;
  return isAny(a) || isAny(b) || plainAddress(a) === plainAddress(b);
};
